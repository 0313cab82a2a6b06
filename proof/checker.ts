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
import { checkAgreement } from "./checks/agreement.ts";
import { answers, checkChanges, gatherChanges } from "./checks/changes.ts";
import { checkCompany } from "./checks/company.ts";
import { checkKinds, checkTyping } from "./checks/kinds.ts";
import { checkLosses } from "./checks/losses.ts";
import { type Known, type KnownEvent, learn } from "./checks/known.ts";
import { checkLiveness } from "./checks/liveness.ts";
import { checkBounds, checkDurability, checkLogLines, checkProcesses } from "./checks/servers.ts";
import { checkPages } from "./checks/snapshot.ts";
import type { ClientEntry, Entry, Gap, Invoke, LogEvent, Ok, Transport } from "./history.ts";
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
  /** Acknowledged and lost by the store, and their senders were told that it lost history. */
  letGo: number;
}

/** Judges a run in one room. */
export function check(room: string, history: readonly Entry[], log: readonly LogEvent[]): Verdict {
  return checkRooms(history, new Map([[room, log]]));
}

/** Judges a run in several rooms, each with its final log. */
export function checkRooms(
  told: readonly Entry[],
  logs: ReadonlyMap<string, readonly LogEvent[]>,
): Verdict {
  const verdict: Verdict = {
    violations: [],
    readings: [],
    sends: { lost: 0, repeated: 0, reordered: 0 },
    letGo: 0,
  };
  let history = told;
  for (const [room, log] of logs) {
    const judgeable = checkLosses(room, history, log);
    verdict.violations.push(...judgeable.violations);
    verdict.letGo += judgeable.letGo;
    history = judgeable.history;
  }
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
    verdict.violations.push(
      ...checkAccess(room, history, log),
      ...checkCompany(room, history),
      ...checkTyping(room, history),
    );
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
  const known = learn(history, log);
  const answeredWith = answers(history, known);
  const changes = gatherChanges(history, answeredWith);
  violations.push(
    ...checkLog(log, known),
    ...checkAgreement(history, log, known),
    ...checkAnswers(sends, known, counts),
    ...checkOrigin(sends, known, counts),
    ...checkChanges(changes, known, counts),
    ...checkSenderOrder(history, sends, known, counts),
    ...checkRealTime(history, sends, known, answeredWith),
    ...checkPageEnds(history, answeredWith),
    ...checkPages(history, known, answeredWith),
    ...checkKinds(history, log),
  );
  for (const [client, entries] of Map.groupBy(history, (entry) => entry.client)) {
    const reading = read(client, entries, { log, known }, violations);
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
  /** Of those, the ones that a lost connection ended. */
  unknown: number;
  texts: Set<string>;
  thread: number | null;
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
        unknown: 0,
        texts: new Set<string>(),
        thread: entry.thread ?? null,
      };
      send.tries++;
      send.texts.add(entry.text);
      sends.set(key(entry), send);
    } else if (entry.kind === "ok") {
      sends.get(key(entry))?.oks.push(entry);
    } else if (entry.kind === "fail") {
      sends.get(key(entry))?.fails.push(entry.code);
    } else if (entry.kind === "unknown") {
      const send = sends.get(key(entry));
      if (send) send.unknown++;
    }
  }
  for (const send of sends.values()) {
    send.open = send.tries - send.oks.length - send.fails.length;
  }
  return sends;
}

const key = (of: { sender: string; clientId: string }) => `${of.sender} ${of.clientId}`;

function* checkLog(log: readonly LogEvent[], { base }: Known): Iterable<Violation> {
  const ids = new Set<string>();
  let at = -Infinity;
  for (const [index, event] of log.entries()) {
    const place = base + index + 1;
    if (event.seq !== place)
      yield { rule: "I1", what: `the log has seq ${event.seq} in place ${place}` };
    if (ids.has(event.id)) yield { rule: "I1", what: `two events have the id ${event.id}` };
    if (event.at < at) yield { rule: "I1", what: `time runs backwards at seq ${event.seq}` };
    ids.add(event.id);
    at = event.at;
  }
}

/** I3, I17, and that the answers to repeats agree (I5). */
function* checkAnswers(
  sends: Map<string, Send>,
  { events, base }: Known,
  counts: Verdict["sends"],
): Iterable<Violation> {
  const places = new Map(events.map((event) => [event.seq, event]));
  for (const send of sends.values()) {
    if (send.fails.includes("client_id_conflict") && send.texts.size === 1) {
      yield { rule: "I5", what: `${send.name} was taken for another's` };
    }
    const [first, ...rest] = send.oks;
    if (!first) {
      // Who may not send any more when they try again never learns what became of the first try.
      const isOut = (code: string) =>
        // What it answers was deleted meanwhile.
        shutOut.has(code) || (code === "message_not_found" && send.thread !== null);
      const isShutOut = send.open === send.unknown && send.fails.some(isOut);
      if (send.fails.length === 0 || (send.open > 0 && !isShutOut)) {
        yield { rule: "I17", what: `${send.name} was never answered` };
      }
      continue;
    }
    const held = places.get(first.seq);
    const isCleared = held === undefined && first.seq <= base;
    if (isCleared) continue;
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

const shutOut = new Set(["forbidden", "room_not_found", "room_gone", "unauthorized"]);

const isOf = (event: LogEvent, ok: Ok) => event.by === ok.sender && event.clientId === ok.clientId;

/** I4, and that each send is in the log at most once (I5). */
function* checkOrigin(
  sends: Map<string, Send>,
  { events, emptied, base }: Known,
  counts: Verdict["sends"],
): Iterable<Violation> {
  const found = new Set<string>();
  for (const event of events) {
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
    const isCleared = event.seq <= base && event.content["deletedAt"] !== null;
    if (!isAsSent(event, send, emptied.has(event.seq) || isCleared)) {
      const what = `${send.name} has another text at seq ${event.seq}: ${JSON.stringify(event.text)}`;
      yield { rule: "I4", what };
    }
    if (send.oks.length === 0 && send.open === 0) {
      const what = `${send.name} was refused (${send.fails.join(", ")}) and is at seq ${event.seq}`;
      yield { rule: "I4", what };
    }
  }
}

/** What was deleted says nothing any more, and is for I2 to look at. */
function isAsSent({ text, content }: KnownEvent, send: Send, isDeleted: boolean): boolean {
  const hasWords = send.texts.has(text ?? "") || (isDeleted && text === "");
  return hasWords && (content["thread"] ?? null) === send.thread;
}

function* checkSenderOrder(
  history: readonly ClientEntry[],
  sends: Map<string, Send>,
  { events }: Known,
  counts: Verdict["sends"],
): Iterable<Violation> {
  const places = placesOf(events);
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
  { events }: Known,
  answeredWith: (entry: ClientEntry) => number,
): Iterable<Violation> {
  const places = placesOf(events);
  let newest = { name: "", seq: 0 };
  for (const entry of history) {
    const answered = answeredWith(entry);
    if (answered > newest.seq) {
      const name = entry.kind === "ok" ? entry.clientId : "ref" in entry ? entry.ref : "";
      newest = { name: `${name} of ${entry.client}`, seq: answered };
    }
    if (entry.kind !== "invoke") continue;
    const send = sends.get(key(entry));
    if (send?.first !== entry) continue;
    const seq = places.get(key(entry)) ?? Infinity;
    if (seq > newest.seq) continue;
    const what = `${send.name} is at seq ${seq}, yet ${newest.name} had been answered with seq ${newest.seq} before it was sent`;
    yield { rule: "I9", what };
  }
}

function placesOf(log: readonly KnownEvent[]): Map<string, number> {
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

function* checkPageEnds(
  history: readonly ClientEntry[],
  answeredWith: (entry: ClientEntry) => number,
): Iterable<Violation> {
  let newest = 0;
  const whenAsked = new Map<string, number>();
  for (const entry of history) {
    newest = Math.max(newest, answeredWith(entry));
    if (entry.kind === "ask") whenAsked.set(entry.client, newest);
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
  { log, known: { base, clears } }: { log: readonly LogEvent[]; known: Known },
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
      if (!isOfClear(entry, clears))
        tell(`had to let go of what it held after seq ${entry.after}: ${entry.reason}`);
      seen.clear();
      start = highest = entry.next;
    } else if (entry.kind === "anew") {
      resuming = true;
      if (![...clears.keys()].some((upTo) => upTo > highest))
        tell(`began anew at seq ${entry.seq}, and nothing was cleared after seq ${highest}`);
      seen.clear();
      start = highest = entry.seq;
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
  const extra = [...seen].filter((seq) => seq > base && !known.has(seq));
  reading.seen = seen.size;
  reading.lost = missing.length;
  if (missing.length > 0)
    tell(`never saw ${missing.length} events, the first at seq ${missing[0]?.seq}`);
  if (extra.length > 0)
    tell(`saw ${extra.length} events that the log does not have, such as seq ${extra[0]}`);
  return reading;
}

/** What was cleared away is not told any more, to nobody. */
function isOfClear({ reason, after, next }: Gap, clears: Known["clears"]): boolean {
  return reason === "trimmed" && after < next && clears.has(next);
}
