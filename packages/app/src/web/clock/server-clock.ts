/** What the server's clock is ahead of this page's own count of milliseconds; `null` until it was asked. */
let ahead: number | null = null;
let asking: Promise<void> | null = null;

/** The server's time in Unix milliseconds; until it was asked, this device's. */
export function serverNow(): number {
  return ahead === null ? Date.now() : performance.now() + ahead;
}

/**
 * Asks what time it is there. A device's clock may be hours off and may jump,
 * so the time is taken from the server once and counted on from there; the
 * header says whole seconds, so half of one is added.
 */
export function askServerTime(): Promise<void> {
  return (asking ??= ask().finally(() => {
    asking = null;
  }));
}

async function ask(): Promise<void> {
  try {
    const sent = performance.now();
    const { headers } = await fetch("/healthz", { cache: "no-store" });
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) ahead = date + 500 - (sent + performance.now()) / 2;
  } catch {
    // Without a connection the last answer, or this device's clock, has to do.
  }
}
