import type { ClientEntry, Entry, LogEvent } from "../history.ts";
import type { Violation } from "../invariants.ts";
import { changeKinds } from "./changes.ts";

/** All that a log may hold, whether it is served yet or not. Typing, presence and read marks are none of it. */
const kinds = new Set([
  ...changeKinds,
  "message.posted",
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
  "room.updated",
  "event.unreadable",
]);

/** I15 of what is kept. */
export function* checkKinds(
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
): Iterable<Violation> {
  for (const { seq, type } of log) {
    if (!kinds.has(type)) yield { rule: "I15", what: `the log holds a ${type} at seq ${seq}` };
  }
  const known = new Set(log.map(({ body }) => body));
  for (const entry of history) {
    if (entry.kind !== "observe" || known.has(entry.body)) continue;
    const { type } = JSON.parse(entry.body) as { type?: unknown };
    if (typeof type === "string" && kinds.has(type)) continue;
    const what = `${entry.client} was sent a ${String(type)} as the event at seq ${entry.seq}`;
    yield { rule: "I15", what };
  }
}

/** Milliseconds between the answer to who writes and what others are told of it. */
const ON_THE_WAY = 1_000;

/** I15 of what is not kept: who writes is told in that moment, and to others. */
export function* checkTyping(room: string, history: readonly Entry[]): Iterable<Violation> {
  const users = new Map<string, string>();
  const asked = new Map<string, number>();
  /** By user: how often they said so and have no answer, and when they had the last. */
  const types = new Map<string, { open: number; until: number }>();
  for (const entry of history) {
    if (entry.kind === "sign-in") users.set(entry.client, entry.user);
    if (!("client" in entry) || !("room" in entry) || entry.room !== room) continue;
    const { client, t } = entry;
    const user = users.get(client) ?? client;
    if (entry.kind === "ask") asked.set(client, t);
    if (entry.kind === "types" || entry.kind === "typed") {
      const { open = 0, until = -Infinity } = types.get(user) ?? {};
      const isAnswer = entry.kind === "typed";
      types.set(user, { open: open + (isAnswer ? -1 : 1), until: isAnswer ? t : until });
    }
    if (entry.kind !== "typing") continue;
    const { open = 0, until = -Infinity } = types.get(entry.user) ?? {};
    if (entry.user === user) {
      yield { rule: "I15", what: `${client} was told that they write themselves` };
    } else if (open === 0 && until + ON_THE_WAY < (asked.get(client) ?? until)) {
      const what = `${client} was told that ${entry.user} writes, who did so before they came`;
      yield { rule: "I15", what };
    } else if (open === 0 && until === -Infinity) {
      yield { rule: "I15", what: `${client} was told that ${entry.user} writes, who never did` };
    }
  }
}
