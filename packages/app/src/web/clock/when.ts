// Each takes some milliseconds to be made, the first of them 25: not before it is asked for.
function format(options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  let made: Intl.DateTimeFormat | undefined;
  return () => (made ??= new Intl.DateTimeFormat(undefined, options));
}

const clock = format({ hour: "numeric", minute: "2-digit" });
const day = format({ dateStyle: "full" });
const exact = format({ dateStyle: "full", timeStyle: "medium" });

export const clockTime = (at: number) => clock().format(at);

/** Always the date itself: "today" would be wrong where the clock is. */
export const dayName = (at: number) => day().format(at);

export const exactTime = (at: number) => exact().format(at);

export const machineTime = (at: number) => new Date(at).toISOString();

const dayInYear = format({ month: "short", day: "numeric" });
const date = format({ dateStyle: "medium" });

/** In few letters: the time of today, the day of this year, else the date. */
export function sinceWhen(at: number, now: number): string {
  if (date().format(at) === date().format(now)) return clock().format(at);
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? dayInYear() : date()).format(at);
}

const moment = format({ dateStyle: "medium", timeStyle: "short" });

/** "25 Nov 2026, 19:12" */
export const momentOf = (at: number) => moment().format(at);
