import type { ClientEntry, Entry, LogEvent, RoomEntry } from "../history.ts";
import type { Violation } from "../invariants.ts";

/** Milliseconds from the answer to a removal until nothing more may come. */
const GRACE = 1_000;

type Standing = { is: "in" } | { is: "stranger" } | { is: "out"; since: number; seq: number };

/** I13 in one room. Who never signed in is a stranger. */
export function* checkAccess(
  room: string,
  history: readonly Entry[],
  log: readonly LogEvent[],
): Iterable<Violation> {
  yield* checkSentAfterRemoval(log);
  const users = new Map<string, string>();
  const standings = new Map<string, Standing>();
  let strangers: Standing = { is: "in" };
  for (const entry of history) {
    if (entry.kind === "sign-in") users.set(entry.client, entry.user);
    if (!("room" in entry) || entry.room !== room) continue;
    if (!("client" in entry)) {
      if (entry.kind === "secluded") strangers = { is: "stranger" };
      else standings.set(entry.user, standingAfter(entry));
      continue;
    }
    const user = users.get(entry.client);
    const standing = (user === undefined ? undefined : standings.get(user)) ?? strangers;
    if (!tells(entry) || maySee(entry, standing)) continue;
    const who = `${entry.client} (${user ?? "nobody"})`;
    const what = `${entry.kind}${entry.kind === "observe" ? ` of seq ${entry.seq}` : ""}`;
    const why =
      standing.is === "out"
        ? `${Math.round(entry.t - standing.since)} ms after they were put out at seq ${standing.seq}`
        : "who was never let in";
    yield { rule: "I13", what: `${who} was sent ${what}, ${why}` };
  }
}

function standingAfter(entry: Exclude<RoomEntry, { kind: "secluded" }>): Standing {
  return entry.kind === "admitted"
    ? { is: "in" }
    : { is: "out", since: entry.t, seq: entry.seq ?? 0 };
}

/** Whether something of the room reached the client by it. */
function tells({ kind }: ClientEntry): boolean {
  return ["open", "observe", "gap", "end", "page"].includes(kind);
}

function maySee(entry: ClientEntry, standing: Standing): boolean {
  switch (standing.is) {
    case "in":
      return true;
    case "stranger":
      return false;
    case "out":
      if (entry.kind === "observe" && entry.seq <= standing.seq) return true;
      return entry.t <= standing.since + GRACE;
  }
}

/** What somebody sent when they were put out is stored before it or not at all. */
function* checkSentAfterRemoval(log: readonly LogEvent[]): Iterable<Violation> {
  const out = new Map<string, number>();
  for (const { seq, type, by, body } of log) {
    if (type === "message.posted") {
      const since = out.get(by);
      if (since === undefined) continue;
      const what = `the message at seq ${seq} is by ${by}, who was out since seq ${since}`;
      yield { rule: "I13", what };
    } else if (type.startsWith("member.")) {
      const { user } = JSON.parse(body) as { user?: { id?: string } };
      if (user?.id === undefined) continue;
      if (type === "member.left" || type === "member.removed") out.set(user.id, seq);
      else if (type === "member.joined") out.delete(user.id);
    }
  }
}
