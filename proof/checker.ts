/**
 * Decides from a run's history and the final log whether Snug kept its word.
 *
 * A pure function that shares no code with the server, the client or the protocol package:
 * an oracle that borrowed their code would borrow their mistakes.
 *
 * What it decides, and which rules of the protocol promise it, is in invariants.ts.
 *
 * I8 supposes senders that, after a reconnect, send again in the old order before they send anything
 * new. A send that was refused and then tried again is left out of it: its place in line is lost.
 */
import { checkAccess } from "./checks/access.ts";
import { checkKinds } from "./checks/kinds.ts";
import { checkLiveness } from "./checks/liveness.ts";
import { checkBounds, checkDurability, checkLogLines, checkProcesses } from "./checks/servers.ts";
import { checkPages } from "./checks/snapshot.ts";
import type { ClientEntry, Entry, Invoke, LogEvent, Ok, Transport } from "./history.ts";
import type { Rule, Violation } from "./invariants.ts";

export type { Rule, Violation };

/** How one reader's view differs from the final log, in events. */
export interface Reading {
  room: string;
  client: string;
  transport: Transport;
  seen: number;
  lost: number;
  repeated: number;
  reordered: number;
}

export interface Verdict {
  violations: Violation[];
  readings: Reading[];
  /** Of what was sent: acknowledged and not in the log, twice in the log, out of order in it. */
  sends: { lost: number; repeated: number; reordered: number };
}

/** Judges a run in one room. */
export function check(room: string, history: readonly Entry[], log: readonly LogEvent[]): Verdict {
  return checkRooms(history, new Map([[room, log]]));
}

/** Judges a run in several rooms, each with its final log. */
export function checkRooms(
  history: readonly Entry[],
  logs: ReadonlyMap<string, readonly LogEvent[]>,
): Verdict {
  const verdict: Verdict = {
    violations: [],
    readings: [],
    sends: { lost: 0, repeated: 0, reordered: 0 },
  };
  const rooms = Map.groupBy(
    history.filter((entry) => "client" in entry && "room" in entry),
    ({ room }) => room,
  );
  for (const [room, [first]] of rooms) {
    if (!first || logs.has(room)) continue;
    const what = `${first.client}: ${first.kind} of another room, ${room}`;
    verdict.violations.push({ rule: "I4", what });
  }
  for (const [room, log] of logs) {
    checkRoom(room, rooms.get(room) ?? [], log, verdict);
    verdict.violations.push(...checkAccess(room, history, log));
  }
  verdict.violations.push(
    ...checkBounds(history),
    ...checkLiveness(history),
    ...checkDurability(history, verdict.sends.lost),
    ...checkLogLines(history),
    ...checkProcesses(history),
  );
  return verdict;
}

function checkRoom(
  room: string,
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
  { violations, readings, sends: counts }: Verdict,
): void {
  const sends = gather(history);
  violations.push(
    ...checkLog(log),
    ...checkAgreement(history, log),
    ...checkAnswers(sends, log, counts),
    ...checkOrigin(sends, log, counts),
    ...checkSenderOrder(history, sends, log, counts),
    ...checkRealTime(history, sends, log),
    ...checkPageEnds(history),
    ...checkPages(history, log),
    ...checkKinds(history, log),
  );
  for (const [client, entries] of Map.groupBy(history, (entry) => entry.client)) {
    const reading = read(client, entries, log, violations);
    if (reading) readings.push({ ...reading, room });
  }
}

/** All that is known of one message: its tries and how each ended. */
interface Send {
  name: string;
  first: Invoke & { client: string };
  tries: number;
  oks: Ok[];
  fails: string[];
  /** Tries whose outcome the sender never learned, by a lost connection or the end of the run. */
  open: number;
  texts: Set<string>;
}

function gather(history: readonly ClientEntry[]): Map<string, Send> {
  const sends = new Map<string, Send>();
  for (const entry of history) {
    if (entry.kind === "invoke") {
      const send = sends.get(key(entry)) ?? {
        name: `${entry.clientId} of ${entry.client}`,
        first: entry,
        tries: 0,
        oks: [],
        fails: [],
        open: 0,
        texts: new Set<string>(),
      };
      send.tries++;
      send.texts.add(entry.text);
      sends.set(key(entry), send);
    } else if (entry.kind === "ok") {
      sends.get(key(entry))?.oks.push(entry);
    } else if (entry.kind === "fail") {
      sends.get(key(entry))?.fails.push(entry.code);
    }
  }
  for (const send of sends.values()) {
    send.open = send.tries - send.oks.length - send.fails.length;
  }
  return sends;
}

const key = (of: { sender: string; clientId: string }) => `${of.sender} ${of.clientId}`;

function* checkLog(log: readonly LogEvent[]): Iterable<Violation> {
  const ids = new Set<string>();
  let at = -Infinity;
  for (const [index, event] of log.entries()) {
    if (event.seq !== index + 1) {
      yield { rule: "I1", what: `the log has seq ${event.seq} in place ${index + 1}` };
    }
    if (ids.has(event.id)) yield { rule: "I1", what: `two events have the id ${event.id}` };
    if (event.at < at) yield { rule: "I1", what: `time runs backwards at seq ${event.seq}` };
    ids.add(event.id);
    at = event.at;
  }
}

function* checkAgreement(
  history: readonly ClientEntry[],
  log: readonly LogEvent[],
): Iterable<Violation> {
  const firsts = new Map<number, { by: string; transport?: Transport; id: string; body: string }>();
  for (const event of log) {
    firsts.set(event.seq, { by: "the final log", id: event.id, body: event.body });
  }
  const seenIn = new Map<number, Map<Transport, string>>();
  for (const entry of history) {
    if (entry.kind !== "observe") continue;
    const first = firsts.get(entry.seq);
    if (!first) {
      firsts.set(entry.seq, { ...entry, by: entry.client });
    } else if (first.id !== entry.id || first.body !== entry.body) {
      const what = `${entry.client} and ${first.by} disagree about seq ${entry.seq}: ${entry.body} / ${first.body}`;
      yield { rule: "I2", what };
    }
    const others = seenIn.get(entry.seq) ?? new Map<Transport, string>();
    if (!seenIn.has(entry.seq)) seenIn.set(entry.seq, others);
    for (const [transport, body] of others) {
      if (transport === entry.transport || body === entry.body) continue;
      const what = `seq ${entry.seq} differs between ${transport} and ${entry.transport}`;
      yield { rule: "I11", what };
    }
    if (!others.has(entry.transport)) others.set(entry.transport, entry.body);
  }
}

/** I3, I17, and that the answers to repeats agree (I5). */
function* checkAnswers(
  sends: Map<string, Send>,
  log: readonly LogEvent[],
  counts: Verdict["sends"],
): Iterable<Violation> {
  const places = new Map(log.map((event) => [event.seq, event]));
  for (const send of sends.values()) {
    const [first, ...rest] = send.oks;
    if (!first) {
      if (send.fails.length === 0 || send.open > 0) {
        yield { rule: "I17", what: `${send.name} was never answered` };
      }
      continue;
    }
    const held = places.get(first.seq);
    if (held?.id !== first.id || !isOf(held, first)) {
      counts.lost++;
      yield {
        rule: "I3",
        what: `${send.name} was acknowledged at seq ${first.seq} and is not there`,
      };
    }
    for (const other of rest) {
      if (other.seq === first.seq && other.id === first.id) continue;
      const what = `${send.name} was answered with seq ${first.seq} and with seq ${other.seq}`;
      yield { rule: "I5", what };
    }
  }
}

const isOf = (event: LogEvent, ok: Ok) => event.by === ok.sender && event.clientId === ok.clientId;

/** I4, and that each send is in the log at most once (I5). */
function* checkOrigin(
  sends: Map<string, Send>,
  log: readonly LogEvent[],
  counts: Verdict["sends"],
): Iterable<Violation> {
  const found = new Set<string>();
  for (const event of log) {
    if (event.type !== "message.posted") continue;
    const of = key({ sender: event.by, clientId: event.clientId ?? "" });
    const send = sends.get(of);
    if (!send) {
      yield { rule: "I4", what: `nobody sent the message at seq ${event.seq}: ${event.body}` };
      continue;
    }
    if (found.has(of)) {
      counts.repeated++;
      yield {
        rule: "I5",
        what: `${send.name} is in the log twice, the second time at seq ${event.seq}`,
      };
    }
    found.add(of);
    if (!send.texts.has(event.text ?? "")) {
      const what = `${send.name} has another text at seq ${event.seq}: ${JSON.stringify(event.text)}`;
      yield { rule: "I4", what };
    }
    if (send.oks.length === 0 && send.open === 0) {
      const what = `${send.name} was refused (${send.fails.join(", ")}) and is at seq ${event.seq}`;
      yield { rule: "I4", what };
    }
  }
}

function* checkSenderOrder(
  history: readonly ClientEntry[],
  sends: Map<string, Send>,
  log: readonly LogEvent[],
  counts: Verdict["sends"],
): Iterable<Violation> {
  const places = placesOf(log);
  const last = new Map<string, { name: string; seq: number }>();
  for (const send of firstTries(history, sends)) {
    const seq = places.get(key(send.first));
    if (seq === undefined || send.fails.length > 0) continue;
    const before = last.get(send.first.client);
    if (before && before.seq > seq) {
      counts.reordered++;
      const what = `${send.name} at seq ${seq} was sent after ${before.name} at seq ${before.seq}`;
      yield { rule: "I8", what };
    } else {
      last.set(send.first.client, { name: send.name, seq });
    }
  }
}

function* checkRealTime(
  history: readonly ClientEntry[],
  sends: Map<string, Send>,
  log: readonly LogEvent[],
): Iterable<Violation> {
  const places = placesOf(log);
  let newest = { name: "", seq: 0 };
  for (const entry of history) {
    if (entry.kind === "ok") {
      if (entry.seq > newest.seq)
        newest = { name: `${entry.clientId} of ${entry.client}`, seq: entry.seq };
    } else if (entry.kind === "invoke") {
      const send = sends.get(key(entry));
      if (send?.first !== entry) continue;
      const seq = places.get(key(entry)) ?? Infinity;
      if (seq > newest.seq) continue;
      const what = `${send.name} is at seq ${seq}, yet ${newest.name} had been answered with seq ${newest.seq} before it was sent`;
      yield { rule: "I9", what };
    }
  }
}

function placesOf(log: readonly LogEvent[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const event of log) {
    const of = key({ sender: event.by, clientId: event.clientId ?? "" });
    if (event.type === "message.posted" && !places.has(of)) places.set(of, event.seq);
  }
  return places;
}

function* firstTries(history: readonly ClientEntry[], sends: Map<string, Send>): Iterable<Send> {
  for (const entry of history) {
    if (entry.kind !== "invoke") continue;
    const send = sends.get(key(entry));
    if (send?.first === entry) yield send;
  }
}

function* checkPageEnds(history: readonly ClientEntry[]): Iterable<Violation> {
  let newest = 0;
  const whenAsked = new Map<string, number>();
  for (const entry of history) {
    if (entry.kind === "ok") newest = Math.max(newest, entry.seq);
    else if (entry.kind === "ask") whenAsked.set(entry.client, newest);
    else if (entry.kind === "end") {
      const answered = whenAsked.get(entry.client) ?? 0;
      if (entry.seq >= answered) continue;
      const what = `${entry.client} was told the log ends at seq ${entry.seq} after seq ${answered} had been answered`;
      yield { rule: "I10", what };
    }
  }
}

/** I6 and I7 for one reader; undefined for one that never opened the room. */
function read(
  client: string,
  entries: readonly ClientEntry[],
  log: readonly LogEvent[],
  violations: Violation[],
): Omit<Reading, "room"> | undefined {
  const opening = entries.find((entry) => entry.kind === "open");
  if (!opening) {
    if (!entries.some((entry) => entry.kind === "observe")) return undefined;
    violations.push({ rule: "I7", what: `${client} was sent events of a room it had not opened` });
  }
  let start = opening?.after ?? 0;
  const transport = entries[0]?.transport ?? "http";
  const reading = { client, transport, seen: 0, lost: 0, repeated: 0, reordered: 0 };
  const seen = new Set<number>();
  let highest = start;
  // A fault in the first event after an `open` is the resume's; later ones are the live stream's.
  let resuming = true;
  const tell = (what: string) =>
    violations.push({ rule: resuming ? "I7" : "I6", what: `${client} ${what}` });

  for (const entry of entries) {
    if (entry.kind === "open") {
      resuming = true;
      if (opening && entry.epoch !== opening.epoch) {
        tell(`was moved from epoch ${opening.epoch} to ${entry.epoch}`);
      }
    } else if (entry.kind === "gap" && entry.reason !== "too_far") {
      resuming = true;
      tell(`had to let go of what it held after seq ${entry.after}: ${entry.reason}`);
      seen.clear();
      start = highest = entry.next;
    } else if (entry.kind === "observe") {
      if (seen.has(entry.seq) || entry.seq <= start) {
        reading.repeated++;
        tell(`saw seq ${entry.seq} again`);
      } else if (entry.seq < highest) {
        reading.reordered++;
        tell(`saw seq ${entry.seq} after seq ${highest}`);
      } else if (entry.seq > highest + 1) {
        tell(`saw seq ${entry.seq} right after seq ${highest}: a silent hole`);
      }
      seen.add(entry.seq);
      highest = Math.max(highest, entry.seq);
      resuming = false;
    }
  }

  resuming = true;
  const missing = log.filter((event) => event.seq > start && !seen.has(event.seq));
  const known = new Set(log.map((event) => event.seq));
  const extra = [...seen].filter((seq) => !known.has(seq));
  reading.seen = seen.size;
  reading.lost = missing.length;
  if (missing.length > 0)
    tell(`never saw ${missing.length} events, the first at seq ${missing[0]?.seq}`);
  if (extra.length > 0)
    tell(`saw ${extra.length} events that the log does not have, such as seq ${extra[0]}`);
  return reading;
}
