/**
 * What a run writes down while it happens: one entry for each thing that a client did or saw.
 * The checker reads this and the final log, and nothing else.
 */
export type Transport = "ws" | "sse" | "http";

/** `t` is monotonic milliseconds; the order of the entries is the order in which they happened. */
export type Entry = { client: string; t: number; room: string; transport: Transport } & (
  Invoke | Ok | Fail | Unknown | Open | Observe | Gap | Ask | End | Close
);

/** One try at sending; a send that is repeated is invoked again with the same `clientId`. */
export type Invoke = { kind: "invoke"; sender: string; clientId: string; text: string };
export type Ok = { kind: "ok"; sender: string; clientId: string; seq: number; id: string };
export type Fail = { kind: "fail"; sender: string; clientId: string; code: string };
/** The connection went before the answer came: sent or not, nobody knows. */
export type Unknown = { kind: "unknown"; sender: string; clientId: string };

/** Begins to read the room, or goes on reading it, after `after`. */
export type Open = { kind: "open"; after: number; epoch: string };
/** An event of the room, with its whole content as `body` (see `canonical`). */
export type Observe = { kind: "observe"; seq: number; id: string; body: string };
export type Gap = { kind: "gap"; reason: string; after: number; next: number };
/** Asks for a page. */
export type Ask = { kind: "ask" };
/** The page asked for last was empty: the log ends at `seq`. */
export type End = { kind: "end"; seq: number };
export type Close = { kind: "close"; why: "cut" | "killed" | "slow" | "finished" | "unasked" };

/** An event as the final log holds it. */
export interface LogEvent {
  seq: number;
  id: string;
  at: number;
  type: string;
  by: string;
  clientId?: string;
  text?: string;
  body: string;
}

/** JSON with sorted keys, so that two contents are equal when their texts are. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** One JSON line for each entry, then one for each event of the final log. */
export async function writeHistory(
  path: string,
  history: readonly Entry[],
  log: readonly LogEvent[],
): Promise<void> {
  const file = Bun.file(path).writer();
  for (const entry of history) await file.write(`${JSON.stringify(entry)}\n`);
  for (const event of log) await file.write(`${JSON.stringify({ kind: "log", ...event })}\n`);
  await file.end();
}
