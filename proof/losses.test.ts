import { expect, test } from "bun:test";
import { check } from "./checker.ts";
import { logged, ROOM } from "./forgery.ts";
import type { Entry, LogEvent, RunEntry, Said } from "./history.ts";

// What the checker makes of a store that loses history: numbers are given out anew.
const kept = logged(1, { type: "message.posted", by: "u_ada", clientId: "a1", text: "kept" });
const lost = logged(2, { type: "message.posted", by: "u_ada", clientId: "a2", text: "lost" });
const anew = posted(2, "u_bob", "b1", "anew");
const more = posted(3, "u_bob", "b2", "more");
/** As the SDK sends it again. */
const again = posted(4, "u_ada", "a2", "lost");
const gap: Said = { kind: "gap", reason: "rewritten", after: 2, next: 0, epoch: "e1" };

test("what was lost is let go of by whoever was told so, and what is sent again is there once", () => {
  for (const end of [[], [again]]) {
    const run = before();
    for (const client of ["ada", "eve"]) says(run, client, gap);
    after(run, end);
    const verdict = check(ROOM, run, [kept, anew, more, ...end]);
    expect(verdict.violations).toEqual([]);
    expect(verdict.letGo).toBe(1);
  }
});

test("nothing is let go of by whoever was not told", () => {
  const rules = (run: Entry[]) =>
    new Set(check(ROOM, run, [kept, anew, more]).violations.map(({ rule }) => rule));
  // Nobody was; the sender alone was not; the reader alone was not.
  for (const told of [[], ["eve"], ["ada"]]) {
    const run = before();
    for (const client of told) says(run, client, gap);
    after(run, []);
    expect(rules(run)).toContain("I2");
    expect(rules(run).has("I3")).toBe(!told.includes("ada"));
  }
});

test("whoever is told of another history before they are told that it is one was told too late", () => {
  const run = before();
  says(run, "ada", gap);
  sees(run, "eve", more);
  says(run, "eve", gap);
  after(run, []);
  expect(check(ROOM, run, [kept, anew, more]).violations).toMatchObject([{ rule: "I7" }]);
});

test("what was answered after one was told is not let go of", () => {
  const run = before();
  for (const client of ["ada", "eve"]) says(run, client, gap);
  after(run, []);
  says(run, "ada", { kind: "invoke", sender: "u_ada", clientId: "a3", text: "late" });
  says(run, "ada", { kind: "ok", sender: "u_ada", clientId: "a3", seq: 4, id: "m_late" });
  expect(check(ROOM, run, [kept, anew, more]).violations).toMatchObject([{ rule: "I3" }]);
});

/** All are told of two messages, and then the store loses the second. */
function before(): Entry[] {
  const run: Entry[] = [];
  tells(run, { kind: "start", t: 0, node: "one" });
  tells(run, { kind: "durability", t: 0, node: "one", word: "memory" });
  for (const client of ["ada", "eve"]) says(run, client, { kind: "open", after: 0, epoch: "e1" });
  for (const event of [kept, lost]) {
    const { clientId = "", text = "", seq, id } = event;
    says(run, "ada", { kind: "invoke", sender: "u_ada", clientId, text });
    says(run, "ada", { kind: "ok", sender: "u_ada", clientId, seq, id });
    for (const client of ["ada", "eve"]) sees(run, client, event);
  }
  tells(run, { kind: "fault", t: 0, what: "another takes over", takes: "history" });
  return run;
}

/** Bob says two things more, and all are told of them. */
function after(run: Entry[], end: readonly LogEvent[]): void {
  for (const { clientId = "", text = "", seq, id } of [anew, more]) {
    says(run, "bob", { kind: "invoke", sender: "u_bob", clientId, text });
    says(run, "bob", { kind: "ok", sender: "u_bob", clientId, seq, id });
  }
  for (const event of [kept, anew, more, ...end])
    for (const client of ["ada", "eve"]) sees(run, client, event);
}

function posted(seq: number, by: string, clientId: string, text: string): LogEvent {
  const event = logged(seq, { type: "message.posted", by, clientId, text });
  return { ...event, id: `m_${clientId}` };
}

const tells = (run: Entry[], entry: RunEntry) => void run.push({ ...entry, t: run.length });
const says = (run: Entry[], client: string, said: Said) =>
  void run.push({ client, t: run.length, room: ROOM, transport: "ws", ...said });
const sees = (run: Entry[], client: string, { seq, id, body }: LogEvent) =>
  says(run, client, { kind: "observe", seq, id, body });
