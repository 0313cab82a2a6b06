import { expect, test } from "bun:test";
import { check } from "./checker.ts";
import type { ClientEntry, LogEvent } from "./history.ts";
import { IDEAL_ROOM, IdealRun } from "./ideal.ts";
import { Chance } from "./replay/chance.ts";

const RUNS = 60;
const STEPS = 100;

type Lie = (run: Forged, chance: Chance) => boolean;
interface Forged {
  history: ClientEntry[];
  log: LogEvent[];
}

/** Each changes one thing so that something is broken for sure; false where the run has no place for it. */
const lies: Record<string, Lie> = {
  "an event that a reader was not sent": on("observe", (entry, { history }) => {
    history.splice(history.indexOf(entry), 1);
  }),
  "an event that a reader was sent twice": on("observe", (entry, { history }) => {
    history.splice(history.indexOf(entry), 0, { ...entry });
  }),
  "two events of a reader the wrong way round": on("observe", (entry, { history }) => {
    const next = history.find(
      (it) => it.kind === "observe" && it.client === entry.client && it.seq === entry.seq + 1,
    );
    if (next?.kind !== "observe") return false;
    const { seq, id, body } = entry;
    Object.assign(entry, { seq: next.seq, id: next.id, body: next.body });
    Object.assign(next, { seq, id, body });
    return true;
  }),
  "an event with another id": on("observe", (entry) => void (entry.id += "x")),
  "an event with another body": on("observe", (entry) => void (entry.body += " ")),
  "an event with the seq of the next": on("observe", (entry) => void entry.seq++),
  "an event of another room": on("observe", (entry) => void (entry.room = "elsewhere")),
  "an answer with another seq": on("ok", (entry) => void entry.seq++),
  "an answer with another id": on("ok", (entry) => void (entry.id += "x")),
  "an answer that never came": on("ok", (entry, { history }) => {
    history.splice(history.indexOf(entry), 1);
  }),
  "a refusal in the place of an answer": on("ok", (entry, { history }) => {
    const { seq: _, id: __, ...rest } = entry;
    history[history.indexOf(entry)] = { ...rest, kind: "fail", code: "forbidden" };
  }),
  "a send that nobody made": on("invoke", (entry, { history }) => {
    for (const it of triesOf(entry, history)) history.splice(history.indexOf(it), 1);
  }),
  "another text than was sent": on("invoke", (entry, { history }) => {
    for (const it of triesOf(entry, history)) it.text += "!";
  }),
  "a resume in another epoch": on("open", (entry, { history }) => {
    const isFirst =
      history.find((it) => it.kind === "open" && it.client === entry.client) === entry;
    if (!isFirst) entry.epoch = "e2";
    return !isFirst;
  }),
  "a reader who began later than they did": on("open", (entry, { history }) => {
    const isFirst =
      history.find((it) => it.kind === "open" && it.client === entry.client) === entry;
    if (isFirst) entry.after++;
    return isFirst;
  }),
  "a gap by which things were lost": on("gap", (entry) => void (entry.reason = "trimmed")),
  "an end before what was answered": on("end", (entry, { history }) => {
    const before = history.slice(0, history.indexOf(entry));
    const asked = before.findLastIndex((it) => it.kind === "ask" && it.client === entry.client);
    if (!before.slice(0, asked).some((it) => it.kind === "ok")) return false;
    entry.seq = 0;
    return true;
  }),
  "a page without its last message": on("page", ({ messages }) => messages.pop() !== undefined),
  "a page with a message twice": on("page", ({ messages }) => {
    if (messages[0]) messages.unshift(messages[0]);
    return messages.length > 0;
  }),
  "a page with another text": on("page", ({ messages: [first] }) => {
    if (first) first.body = first.body.replace("text", "next");
    return first !== undefined;
  }),
  "a page with the cursor of an older one": on("page", (entry) => {
    const last = entry.messages.at(-1);
    if (last) entry.until = last.seq - 1;
    return last !== undefined;
  }),
  "an event missing from the log": inLog(
    (event, { log }) => void log.splice(log.indexOf(event), 1),
  ),
  "an event twice in the log": inLog((event, { log }) => {
    log.splice(log.indexOf(event), 0, { ...event });
  }),
  "a message twice in the log, under two seqs": inLog((event, { log }) => {
    if (event.type === "message.posted") log.push({ ...event, seq: log.length + 1, id: "m_again" });
    return event.type === "message.posted";
  }),
  "an event at the end that nobody asked for": (run) => {
    const seq = run.log.length + 1;
    const event = { seq, id: "m_new", at: 9_999, type: "message.posted", by: "u_eve" };
    run.log.push({ ...event, clientId: "e1", text: "hello", body: JSON.stringify(event) });
    return true;
  },
  "another id in the log": inLog((event) => void (event.id += "x")),
  "another text in the log": inLog((event) => {
    if (event.text !== undefined) event.text += "!";
    return event.text !== undefined;
  }),
  "another author in the log": inLog((event) => {
    event.by = "u_eve";
    return event.type === "message.posted";
  }),
  "time that runs backwards": inLog((event) => {
    event.at = 0;
    return event.seq > 1;
  }),
  "typing in the log": inLog((event) => void (event.type = "typing")),
};

test(`${RUNS} random runs that are as they should be are accepted, and no lie in any of them is`, () => {
  const told = new Map<string, number>();
  for (let seed = 1; seed <= RUNS; seed++) {
    const run = new IdealRun(new Chance(seed), STEPS);
    const { violations } = check(IDEAL_ROOM, run.history, run.log);
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    for (const [what, lie] of Object.entries(lies)) {
      const forged = { history: structuredClone(run.history), log: structuredClone(run.log) };
      if (!lie(forged, new Chance(seed))) continue;
      told.set(what, (told.get(what) ?? 0) + 1);
      const found = check(IDEAL_ROOM, forged.history, forged.log).violations;
      if (found.length === 0) throw new Error(`seed ${seed}: ${what} was accepted`);
    }
  }
  for (const what of Object.keys(lies)) expect([what, told.get(what) ?? 0]).not.toEqual([what, 0]);
});

/** A lie about one entry of this kind, chosen by chance. */
function on<K extends ClientEntry["kind"]>(
  kind: K,
  lie: (entry: Extract<ClientEntry, { kind: K }>, run: Forged) => boolean | void,
): Lie {
  return (run, chance) => {
    const all = run.history.filter(
      (entry): entry is Extract<ClientEntry, { kind: K }> => entry.kind === kind,
    );
    return all.length > 0 && lie(chance.one(all), run) !== false;
  };
}

function inLog(lie: (event: LogEvent, run: Forged) => boolean | void): Lie {
  return (run, chance) => lie(chance.one(run.log), run) !== false;
}

function triesOf(of: { sender: string; clientId: string }, history: readonly ClientEntry[]) {
  return history.filter(
    (it) => it.kind === "invoke" && it.sender === of.sender && it.clientId === of.clientId,
  ) as Extract<ClientEntry, { kind: "invoke" }>[];
}
