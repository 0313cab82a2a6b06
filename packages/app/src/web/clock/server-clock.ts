/** The server's time less this page's own count of milliseconds is at least this, by its times seen so far. */
let atLeast = -Infinity;
/** About what it is, by the server's own word on the time; `null` until it was asked. */
let about: number | null = null;
let asking: Promise<void> | null = null;

/** The header says whole seconds: asked so often within one, it is seen soon after it turned. */
const QUESTIONS = 4;
const BETWEEN_MS = 250;
/** The header itself is up to a second late: what is left of that on average. */
const LATE_MS = 500;

/** The server's time in Unix milliseconds; until it was asked, this device's. */
export function serverNow(): number {
  return about === null ? Date.now() : performance.now() + Math.max(about, atLeast);
}

/** A time that the server gave, of something that has just happened or happened before. */
export function noteServerTime(at: number): void {
  atLeast = Math.max(atLeast, at - performance.now());
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
      if (!Number.isNaN(said)) least = Math.max(least, said - performance.now());
    } catch {
      // Without a connection the last answer, or this device's clock, has to do.
    }
    if (least > -Infinity) about = least + LATE_MS;
  }
}
