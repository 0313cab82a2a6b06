import type { Entry } from "../history.ts";

/** The longest time in which somebody waited for an answer and nobody was given one, until the faults were over. */
export function silence(history: readonly Entry[]): number {
  const waiting = new Set<string>();
  let longest = 0;
  let since = 0;
  for (const entry of history) {
    if (entry.kind === "calm") break;
    if (entry.kind !== "invoke" && entry.kind !== "ok") continue;
    const send = `${entry.sender} ${entry.clientId}`;
    if (entry.kind === "invoke") {
      if (waiting.size === 0) since = entry.t;
      waiting.add(send);
    } else {
      longest = Math.max(longest, entry.t - since);
      since = entry.t;
      waiting.delete(send);
    }
  }
  return longest;
}

/** From each moment on, how long it took until somebody was answered whose send was made after it. */
export function answeredAfter(history: readonly Entry[], moments: readonly number[]): number[] {
  return moments.map((moment) => {
    const sent = new Set<string>();
    for (const entry of history) {
      if (entry.t < moment || (entry.kind !== "invoke" && entry.kind !== "ok")) continue;
      const send = `${entry.sender} ${entry.clientId}`;
      if (entry.kind === "invoke") sent.add(send);
      else if (sent.has(send)) return entry.t - moment;
    }
    return Infinity;
  });
}
