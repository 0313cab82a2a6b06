import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { ManualClock } from "../../manual-clock.ts";
import { GroupCommit } from "./group-commit.ts";

/** A committer on a clock driven by hand, and what it did. */
function setUp({ fanOutMs = 0 } = {}) {
  const clock = new ManualClock();
  const db = new Database(":memory:", { strict: true });
  db.run("CREATE TABLE fact (name TEXT PRIMARY KEY)");
  const groups: number[] = [];
  let rollbacks = 0;
  const committer = new GroupCommit({
    db,
    clock,
    onCommit(changes) {
      groups.push(changes);
      clock.soon(() => clock.pass(fanOutMs));
    },
    beforeCommit() {},
    onRollback: () => rollbacks++,
    afterwards() {},
  });
  const answered: string[] = [];
  const add = (sender: string | null, name: string) => {
    const answer = committer.run(
      sender,
      () => db.run("INSERT INTO fact VALUES (?)", [name]).changes,
    );
    answer.then(
      () => answered.push(name),
      () => {},
    );
    return answer;
  };
  const facts = () => db.query("SELECT name FROM fact ORDER BY rowid").values().flat();
  return { clock, committer, db, groups, answered, add, facts, rollbacks: () => rollbacks };
}

test("[DUR4] commits a lone sender's change at once, however fast it sends after each answer", async () => {
  const { clock, groups, add } = setUp();
  for (let index = 0; index < 5; index++) {
    const answer = add("ann", `${index}`);
    clock.turn();
    await answer;
  }
  expect(groups).toEqual([1, 1, 1, 1, 1]);
  expect(clock.elapsed()).toBe(0);
});

test("[DUR4] senders who wait for their answers share one commit", async () => {
  const { clock, groups, add } = setUp();
  const send = (round: number) =>
    ["ann", "bob", "eve"].map((sender) => add(sender, `${sender}${round}`));
  const first = send(1);
  clock.turn();
  await Promise.all(first);
  void add("ann", "ann2");
  clock.turn();
  expect(groups).toEqual([3]); // bob and eve are expected
  void add("bob", "bob2");
  clock.turn();
  expect(groups).toEqual([3]);
  void add("eve", "eve2");
  clock.turn();
  expect(groups).toEqual([3, 3]);
  expect(clock.elapsed()).toBe(0);
});

test("[DUR4] no change waits longer than the window for senders who do not come back", () => {
  const { clock, groups, add } = setUp();
  for (const sender of ["ann", "bob", "eve"]) void add(sender, sender);
  clock.turn();
  void add("dan", "dan");
  clock.advance(limits.commitWindowMs - 1);
  expect(groups).toEqual([3]);
  void add("fay", "fay");
  clock.advance(1);
  expect(groups).toEqual([3, 2]);
});

test("[DUR4] a long fan-out is followed by a window, counted from its end", () => {
  const { clock, groups, add } = setUp({ fanOutMs: 6 });
  void add("ann", "1");
  clock.turn();
  expect(clock.elapsed()).toBe(6);
  void add("ann", "2");
  clock.advance(limits.commitWindowMs - 1);
  expect(groups).toEqual([1]);
  clock.advance(1);
  expect(groups).toEqual([1, 1]);
});

test("[DUR4] after a quiet window the next change goes at once", () => {
  const { clock, groups, add } = setUp({ fanOutMs: 6 });
  void add("ann", "1");
  void add("bob", "2");
  clock.turn();
  clock.advance(limits.commitWindowMs);
  void add("eve", "3");
  clock.turn();
  expect(groups).toEqual([2, 1]);
});

test("[DUR4] a full group does not wait", () => {
  const { clock, groups, add } = setUp({ fanOutMs: 6 });
  void add("ann", "first");
  clock.turn();
  for (let index = 0; index < 512; index++) void add("ann", `${index}`);
  clock.turn();
  expect(groups).toEqual([1, 512]);
});

test("[DUR2] nobody is answered before the commit, and all in the order of their calls", async () => {
  const { clock, answered, add, facts, db } = setUp();
  const answers = ["a", "b", "c"].map((name) => add(name, name));
  await Promise.resolve();
  expect(answered).toEqual([]);
  clock.turn();
  expect(db.inTransaction).toBe(false);
  await Promise.all(answers);
  expect(answered).toEqual(["a", "b", "c"]);
  expect(facts()).toEqual(["a", "b", "c"]);
});

test("[AVL2] a change that fails takes no other of its group with it", async () => {
  const { clock, add, facts, groups, rollbacks } = setUp();
  const answers = ["a", "b", "a", "c"].map((name) => add(null, name));
  clock.turn();
  const outcomes = await Promise.allSettled(answers);
  expect(outcomes.map((outcome) => outcome.status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(facts()).toEqual(["a", "b", "c"]);
  expect(groups).toEqual([1, 1, 1]);
  expect(rollbacks()).toBe(2);
});

test("[DUR1] flush commits what waits, now", async () => {
  const { committer, add, facts } = setUp();
  const answer = add("ann", "a");
  committer.flush();
  await answer;
  committer.flush();
  expect(facts()).toEqual(["a"]);
});
