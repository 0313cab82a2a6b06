const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clockTime = (at: number) => clock.format(at);

/** Always the date itself: "today" would be wrong where the clock is. */
export const dayName = (at: number) => day.format(at);

export const exactTime = (at: number) => exact.format(at);

export const machineTime = (at: number) => new Date(at).toISOString();

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** "25 Nov 2026, 19:12" */
export const momentOf = (at: number) => moment.format(at);
