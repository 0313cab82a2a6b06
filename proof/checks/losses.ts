import type { Entry, LogEvent } from "../history.ts";
import type { Violation } from "../invariants.ts";

interface Judgeable {
  /** What is to be judged by the final log. */
  readonly history: readonly Entry[];
  readonly violations: readonly Violation[];
  /** Acknowledged messages that are gone, whose senders were told that history is another. */
  readonly letGo: number;
}

/**
 * Where the store itself loses history, nothing may be lost without a word. Whoever was told that the
 * log is another has let go of what they held before; of them only what they saw since is judged. Of
 * whoever was not, all is: if they hold what is gone, or what is new on top of it, the other checks find it.
 */
export function checkLosses(
  room: string,
  history: readonly Entry[],
  log: readonly LogEvent[],
): Judgeable {
  const lostAt = history.findIndex((entry) => entry.kind === "fault" && entry.takes === "history");
  if (lostAt < 0) return { history, violations: [], letGo: 0 };
  const isThere = new Set(log.map(({ seq, id }) => `${seq} ${id}`));
  const isStored = new Set(log.map(({ by, clientId }) => `${by} ${clientId}`));
  const toldAt = new Map<string, number>();
  for (const [index, entry] of history.entries())
    if (index > lostAt && "room" in entry && entry.room === room && isTold(entry))
      toldAt.set(entry.client, index);

  // What became of each send by the time at which its client was told.
  const acked = new Set<string>();
  const ackedAndThere = new Set<string>();
  const ackedSince = new Set<string>();
  for (const [index, entry] of history.entries()) {
    if (entry.kind !== "ok" || entry.room !== room) continue;
    const isSince = index >= (toldAt.get(entry.client) ?? 0);
    if (isSince) ackedSince.add(sendOf(entry));
    else if (isThere.has(`${entry.seq} ${entry.id}`)) ackedAndThere.add(sendOf(entry));
    else acked.add(sendOf(entry));
  }
  const gone = new Set([...acked].filter((send) => !ackedSince.has(send)));
  const again = new Set<string>();
  for (const [index, entry] of history.entries())
    if (entry.kind === "invoke" && entry.room === room)
      if (index < (toldAt.get(entry.client) ?? -1) && !ackedSince.has(sendOf(entry)))
        if (isStored.has(sendOf(entry)) && !ackedAndThere.has(sendOf(entry)))
          again.add(sendOf(entry));

  const violations: Violation[] = [];
  const left: Entry[] = [];
  const holdsGone = new Set<string>();
  for (const [index, entry] of history.entries()) {
    if (!("client" in entry) || !("room" in entry) || entry.room !== room) {
      left.push(entry);
      continue;
    }
    const told = toldAt.get(entry.client) ?? -1;
    if (entry.kind === "observe") {
      const place = `${entry.seq} ${entry.id}`;
      if (index < told && isThere.has(place) && holdsGone.has(entry.client)) {
        const what = `${entry.client} was told seq ${entry.seq} of another history before they were told that it is one`;
        violations.push({ rule: "I7", what });
      }
      if (isThere.has(place)) holdsGone.delete(entry.client);
      else holdsGone.add(entry.client);
      if (index > told) left.push(entry);
      const sent = { sender: "", clientId: "", ...(JSON.parse(entry.body) as object) } as const;
      const send = `${(sent as unknown as LogEvent).by} ${sent.clientId}`;
      if (isThere.has(place) && again.delete(send)) {
        // It was sent again, which its program tells nobody; from here on it is known to be there.
        const [sender = "", clientId = ""] = send.split(" ");
        const { t, client, room, transport } = entry;
        const of = { t, client, room, transport, sender, clientId };
        // Its place in line was lost with it.
        left.push({ ...of, kind: "fail", code: "lost" });
        left.push({ ...of, kind: "ok", seq: entry.seq, id: entry.id });
      }
    } else if (index === told && (entry.kind === "gap" || entry.kind === "anew")) {
      holdsGone.delete(entry.client);
      const after = entry.kind === "gap" ? entry.next : entry.seq;
      left.push({
        ...entry,
        kind: "open",
        after,
        epoch: entry.kind === "gap" ? (entry.epoch ?? "") : "",
      });
    } else if (index < told && isReading(entry)) {
      continue;
    } else if (isSend(entry) && isLetGo(entry, index, told)) {
      continue;
    } else left.push(entry);
  }
  return { history: left, violations, letGo: gone.size };

  function isLetGo(entry: Sent, index: number, told: number): boolean {
    if (index > told || ackedSince.has(sendOf(entry))) return false;
    if (!isStored.has(sendOf(entry))) return true;
    return entry.kind === "ok" && gone.has(sendOf(entry));
  }
}

type Sent = Extract<Entry, { kind: "invoke" | "ok" | "fail" | "unknown" }>;

const sendOf = ({ sender, clientId }: Sent) => `${sender} ${clientId}`;

const isSend = (entry: Entry): entry is Sent =>
  entry.kind === "invoke" ||
  entry.kind === "ok" ||
  entry.kind === "fail" ||
  entry.kind === "unknown";

const isReading = ({ kind }: Entry) => kind === "open" || kind === "gap" || kind === "anew";

const isTold = (entry: Entry): entry is Extract<Entry, { kind: "gap" | "anew" }> =>
  entry.kind === "anew" || (entry.kind === "gap" && /^(rewritten|new_log)$/.test(entry.reason));
