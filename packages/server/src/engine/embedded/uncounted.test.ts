import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import fc from "fast-check";
import { migrate } from "./schema.ts";
import { Uncounted } from "./uncounted.ts";

const users = ["ann", "bob"];

/** Two rooms, what is said in them, and how many messages there ought to be by each. */
function stand() {
  const db = new Database(":memory:", { strict: true });
  migrate(db);
  db.run("PRAGMA foreign_keys = OFF");
  for (const num of [1, 2])
    db.run(
      `INSERT INTO room (num, id, kind, name, topic, created_at, epoch) VALUES (${num}, 'r${num}', 'public', '', '', 1, 'e')`,
    );
  const uncounted = new Uncounted(db);
  const seqs = [0, 0, 0];
  const said = new Map<string, number>();
  const add = (room: number, user: string, type: string, thread: number | null) => {
    const seq = (seqs[room] = (seqs[room] ?? 0) + 1);
    db.run(
      "INSERT INTO event (room, seq, id, type, at, by, json, thread) VALUES (?, ?, 'i', ?, 1, ?, '{}', ?)",
      [room, seq, type, user, thread],
    );
    return seq;
  };
  return {
    db,
    uncounted,
    said,
    post(room: number, user: string, thread: number | null) {
      add(room, user, "message.posted", thread);
      if (thread !== null) return;
      uncounted.add(room, user);
      said.set(`${room}`, (said.get(`${room}`) ?? 0) + 1);
      const own = said.get(`${room} ${user}`);
      if (own !== undefined) said.set(`${room} ${user}`, own + 1);
    },
    join(room: number, user: string) {
      const seq = add(room, user, "member.joined", null);
      uncounted.forget(room, user);
      db.run("DELETE FROM member WHERE room = ? AND user = ?", [room, user]);
      db.run(
        "INSERT INTO member (room, user, role, joined_at, joined) VALUES (?, ?, 'member', 1, ?)",
        [room, user, seq],
      );
      said.set(`${room} ${user}`, 0);
    },
    empty(room: number) {
      uncounted.count();
      db.run("DELETE FROM event WHERE room = ?", [room]);
    },
    /** What the tables say, and what is not in them yet. */
    get counts() {
      const counts = new Map<string, number>();
      for (const room of [1, 2]) {
        const { posted } = db.query("SELECT posted FROM room WHERE num = ?").get(room) as {
          posted: number;
        };
        const all = posted + uncounted.in(room, "").posted;
        if (all > 0) counts.set(`${room}`, all);
        for (const user of users) {
          const row = db
            .query("SELECT posted FROM member WHERE room = ? AND user = ?")
            .get(room, user) as { posted: number } | null;
          if (row) counts.set(`${room} ${user}`, row.posted + uncounted.in(room, user).own);
        }
      }
      return counts;
    },
  };
}

test("[UNR1] what is counted and what is not yet make up all that was said, whenever memory is lost and events are deleted", () => {
  const room = fc.constantFrom(1, 2);
  const user = fc.constantFrom(...users);
  const thread = fc.constantFrom(null, null, 1);
  const steps = fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ room, user, thread }),
      },
      { weight: 2, arbitrary: fc.record({ room, user }) },
      { weight: 3, arbitrary: fc.record({ does: fc.constantFrom("count", "lose") }) },
      { weight: 1, arbitrary: fc.record({ room }) },
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const world = stand();
      for (const step of all) {
        if ("thread" in step) world.post(step.room, step.user, step.thread);
        else if ("user" in step) world.join(step.room, step.user);
        else if ("room" in step) world.empty(step.room);
        else if (step.does === "count") world.uncounted.count();
        else world.uncounted.forgetAll();
        world.uncounted.settle();
      }
      expect(Object.fromEntries(world.counts)).toEqual(Object.fromEntries(world.said));
      world.db.close();
    }),
  );
});

test("[UNR1] so many are counted together, and from then on only what comes after them is behind the mark", () => {
  const world = stand();
  const { db, uncounted } = world;
  const counted = () => db.query("SELECT posted FROM room WHERE num = 1").get();
  for (let said = 0; said < 2_000; said++) {
    expect(counted()).toEqual({ posted: 0 });
    world.post(1, "ann", null);
    uncounted.settle();
  }
  expect(counted()).toEqual({ posted: 2_000 });
  world.post(1, "ann", null);
  uncounted.forgetAll();
  expect(uncounted.in(1, "ann").posted).toBe(1);
  db.close();
});
