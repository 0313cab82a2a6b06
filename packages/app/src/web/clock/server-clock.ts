/** How far the server's clock is ahead of this page's own count of milliseconds; `null` until it was asked. */
let ahead: number | null = null;
let asking: Promise<void> | null = null;

/** The header says whole seconds: asked so often within one, it is seen soon after it turned. */
const QUESTIONS = 4;
const BETWEEN_MS = 250;

/** The server's time in Unix milliseconds; until it was asked, this device's. */
export function serverNow(): number {
  return ahead === null ? Date.now() : performance.now() + ahead;
}

/** Asks what time it is there: a device's own clock may be hours off, and may jump. */
export function askServerTime(): Promise<void> {
  return (asking ??= ask().finally(() => {
    asking = null;
  }));
}

async function ask(): Promise<void> {
  let least = -Infinity;
  for (let question = 0; question < QUESTIONS; question++) {
    if (question > 0) await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    try {
      const { headers } = await fetch("/healthz", { cache: "no-store" });
      const said = Date.parse(headers.get("date") ?? "");
      // It is at least that late there, and was when the answer came.
      if (!Number.isNaN(said)) least = Math.max(least, said - performance.now());
    } catch {
      // Without a connection the last answer, or this device's clock, has to do.
    }
  }
  if (least > -Infinity) ahead = least + BETWEEN_MS / 2;
}
