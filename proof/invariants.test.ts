import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRules } from "../scripts/rules.ts";
import { check } from "./checker.ts";
import { Forgery, logged, ROOM } from "./forgery.ts";
import { type Entry, type RoomEntry, writeHistory } from "./history.ts";
import { invariants, type Rule } from "./invariants.ts";

type Forge = (run: Forgery) => void;

const MIB = 2 ** 20;

/** For each invariant, runs that break it and no other. */
const forgeries: Record<Exclude<Rule, "I14">, Record<string, Forge>> = {
  I1: { "time runs backwards": (run) => void (run.logged(3).at = 1) },
  I2: { "two ids at one seq": (run) => void (run.seen("sse-1", 4).id = "m_other") },
  I3: {
    "an answer with another id than the log's": (run) => {
      for (const ok of run.of("bob", "ok")) ok.id = "m_other";
    },
  },
  I4: { "another text than was sent": (run) => void (run.logged(3).text = "yes! ") },
  I5: {
    "two answers to one send": (run) => {
      run.invokes("bob", "b1", "yes!");
      run.answers("bob", "b1", 4);
    },
  },
  I6: {
    "two events the wrong way round": (run) =>
      run.move(run.seen("sse-1", 4), "before", run.seen("sse-1", 3)),
  },
  I7: { "a resume that skips an event": (run) => run.drop(run.seen("ws-1", 3)) },
  I8: {
    "a later send before an earlier one": (run) => run.swap(4, 5),
  },
  I9: {
    "a send before one that was answered": (run) => run.swap(2, 3),
  },
  I10: {
    "a log that ends before an answer": (run) => void (run.of("http-1", "end")[0]!.seq = 4),
  },
  I11: {
    "an event that one transport dresses up": (run) => void (run.seen("ws-1", 2).body += " "),
  },
  I12: {
    "a page with a message too few": (run) => void run.of("http-1", "page")[0]!.messages.shift(),
    "a page with a message too many": (run) => run.pages({ at: "before", seq: 5 }, 1, [3, 4], 4),
    "a page with another text": (run) => {
      const [message] = run.of("http-1", "page")[0]!.messages;
      message!.body = message!.body.replace("with", "without");
    },
    "a page with its messages the wrong way round": (run) =>
      void run.of("http-1", "page")[0]!.messages.reverse(),
    "a page older than what was answered before it": (run) =>
      run.pages({ at: "end" }, 2, [3, 4], 4, { head: 4 }),
    "a page whose cursor passes over a message": (run) =>
      run.pages({ at: "after", seq: 2 }, 1, [3], 4),
    "a page whose cursor repeats a message": (run) => run.pages({ at: "end" }, 2, [4, 5], 4),
    "a page of what is no message": (run) => {
      run.pages({ at: "around", seq: 1 }, 2, [1, 2], 2);
    },
  },
  I13: {
    "an event more than 1 s after a ban": (run) => {
      put(run, { kind: "removed", user: "u_sse-1", seq: 2 }, run.seen("sse-1", 3));
      for (const seq of [3, 4, 5]) run.seen("sse-1", seq).t = run.seen("sse-1", 2).t + 1_100;
    },
    "a resume more than 1 s after the removal of somebody who only looked on": (run) => {
      const [, resume] = run.of("ws-1", "open");
      put(run, { kind: "removed", user: "u_ws-1", seq: null }, resume!);
      for (const entry of after(run, resume!)) entry.t += 1_100;
    },
    "an event of a room that somebody never came into": (run) => {
      const [first] = run.history;
      for (const client of ["ws-1", "http-1"])
        put(run, { kind: "admitted", user: `u_${client}` }, first!);
      put(run, { kind: "secluded" }, first!);
    },
    "an event of such a room for who never signed in": (run) => {
      const [first] = run.history;
      for (const client of ["ws-1", "sse-1", "http-1"])
        put(run, { kind: "admitted", user: `u_${client}` }, first!);
      put(run, { kind: "secluded" }, first!);
      run.drop(...run.history.filter((it) => it.kind === "sign-in" && it.client === "ws-1"));
    },
    "a message stored after its sender was put out": (run) => {
      const left = { type: "member.removed", by: "u_ada", user: { id: "u_bob", name: "Bob" } };
      add(run, left);
      run.invokes("bob", "b2", "but I");
      add(run, { type: "message.posted", by: "u_bob", clientId: "b2", text: "but I" });
      run.answers("bob", "b2", 7);
    },
  },
  I15: {
    "typing that is kept": (run) => add(run, { type: "typing", by: "u_bob" }),
  },
  I16: {
    "a queue of more than 1 MiB": (run) => run.measures({ queued: MIB + 1 }),
    "memory that grows beyond what its connections cost": (run) =>
      run.measures({ rss: 200 * MIB, connections: 10 }),
    "a loop that stands still": (run) => run.measures({ lag: 200 }),
  },
  I17: {
    "a send that nobody answered": (run) => run.invokes("bob", "b2", "hello?"),
    "an answer 15 s after the faults were over": (run) => {
      for (const entry of after(run, run.of("ada", "ok").at(-1)!)) entry.t += 15_100;
    },
    "a client that is away 30 s after the faults were over": (run) => {
      for (const entry of after(run, run.of("ws-1", "open")[1]!)) entry.t += 30_100;
    },
    "a client that never comes back": (run) => {
      run.closes("sse-1", "sse");
      run.tells({ kind: "log-line", node: "one", line: "later" });
    },
    "a client that meets four gaps in 30 s": (run) => {
      const [gap] = run.of("ws-1", "gap");
      for (const _ of [2, 3, 4]) run.history.splice(run.history.indexOf(gap!), 0, { ...gap! });
    },
  },
  I18: {
    "two words for the durability": (run) =>
      run.tells({ kind: "durability", node: "one", word: "memory" }),
    "a word that nobody knows": (run) => {
      for (const entry of run.history) if (entry.kind === "durability") entry.word = "surely";
    },
  },
  I19: {
    "a token in a log": (run) => line(run, '{"url":"/v1/me?token=TOKEN-OF-ADA"}'),
    "the text of a message in a log": (run) => line(run, '{"fault":"near with milk?"}'),
    "a text with quotes, as JSON spells it": (run) => {
      run.tells({ kind: "secret", name: "a password", value: 'say "friend"' });
      line(run, JSON.stringify({ body: 'say "friend"' }));
    },
  },
  I20: {
    "a process that ends by itself": (run) =>
      run.tells({ kind: "exit", node: "one", asked: false, how: "SIGSEGV" }),
    "a process that was started anew though nobody saw it end": (run) =>
      run.tells({ kind: "start", node: "one" }),
    "a rejection that nobody took": (run) => line(run, '{"msg":"unhandled rejection"}'),
    "an exception that nobody caught": (run) => line(run, '{"msg":"uncaught exception"}'),
  },
};

/** Two transports that disagree are two readers who do; what is lost was not durable. */
const inseparable: Partial<Record<string, readonly Rule[]>> = { I11: ["I2"], I3: ["I18"] };

const inOrder = (one: Rule, other: Rule) => Number(one.slice(1)) - Number(other.slice(1));

describe("each invariant refuses what breaks it", () => {
  for (const [rule, cases] of Object.entries(forgeries)) {
    for (const [what, forge] of Object.entries(cases)) {
      test(`${rule}: ${what}`, () => {
        expect(broken(() => {})).toEqual([]);
        const found = broken(forge);
        expect(found).toEqual([...(inseparable[rule] ?? []), rule as Rule].toSorted(inOrder));
      });
    }
  }

  test("I18: an acknowledged send that a kill took, under a word that survives kills", () => {
    const lose = (word: string) => (run: Forgery) => {
      for (const entry of run.history) if (entry.kind === "durability") entry.word = word;
      run.log.pop();
    };
    expect(broken(lose("disk"))).toContain("I18");
    expect(broken(lose("memory"))).not.toContain("I18");
    expect(broken(lose("memory"))).toContain("I3");
  });
});

describe("what is as it should be is accepted", () => {
  const honest: Record<string, Forge> = {
    "an event up to the removal, however late": (run) => {
      put(run, { kind: "removed", user: "u_sse-1", seq: 5 }, run.seen("sse-1", 3));
      for (const entry of after(run, run.seen("sse-1", 3))) entry.t += 1_100;
    },
    "an event within a second of the removal": (run) =>
      put(run, { kind: "removed", user: "u_sse-1", seq: 2 }, run.seen("sse-1", 3)),
    "an event after somebody was let in again": (run) => {
      put(run, { kind: "removed", user: "u_sse-1", seq: 2 }, run.seen("sse-1", 3));
      put(run, { kind: "admitted", user: "u_sse-1" }, run.seen("sse-1", 3));
      for (const entry of after(run, run.seen("sse-1", 3))) entry.t += 1_100;
    },
    "a room that only those who were let in see": (run) => {
      const [first] = run.history;
      for (const client of ["ws-1", "sse-1", "http-1"])
        put(run, { kind: "admitted", user: `u_${client}` }, first!);
      put(run, { kind: "secluded" }, first!);
    },
    "a message of somebody who came back": (run) => {
      const user = { id: "u_bob", name: "Bob" };
      add(run, { type: "member.left", by: "u_bob", user });
      add(run, { type: "member.joined", by: "u_bob", user });
      run.invokes("bob", "b2", "again");
      add(run, { type: "message.posted", by: "u_bob", clientId: "b2", text: "again" });
      run.answers("bob", "b2", 8);
    },
    "a page that was overtaken on its way": (run) => {
      run.pages({ at: "end" }, 2, [3, 4], 4, { head: 4 });
      const page = run.of("http-1", "page").at(-1)!;
      run.move(page, "after", run.of("http-1", "ask")[0]!);
    },
    "a long outage, while its fault lasts": (run) => {
      for (const entry of after(run, run.of("ada", "unknown")[0]!)) entry.t += 60_000;
    },
    "a short text in a line by chance": (run) => line(run, '{"msg":"yes!"}'),
    "memory that grows with its connections": (run) =>
      run.measures({ rss: 200 * MIB, connections: 1_000 }),
    "one late timer in a hundred": (run) => {
      for (let count = 0; count < 100; count++) run.measures({ lag: 1 });
      run.measures({ lag: 900 });
    },
    "the end of a process that was asked to end": (run) =>
      run.tells({ kind: "exit", node: "one", asked: true, how: "code 0" }),
  };
  for (const [what, forge] of Object.entries(honest)) {
    test(what, () => expect(violations(forge)).toEqual([]));
  }
});

describe("the table of invariants", () => {
  test("names rules that docs/protocol.md has and serves, but where it waits", () => {
    const { rules } = readRules(
      readFileSync(join(import.meta.dirname, "../docs/protocol.md"), "utf8"),
    );
    const served = new Map(rules.map((rule) => [rule.id, rule.served]));
    for (const [name, invariant] of Object.entries(invariants)) {
      for (const rule of invariant.rules)
        expect([name, rule, served.get(rule)]).toEqual([name, rule, !("waits" in invariant)]);
    }
  });

  test("has all twenty, and each that does not wait has a forgery", () => {
    expect(Object.keys(invariants)).toEqual(Array.from({ length: 20 }, (_, i) => `I${i + 1}`));
    const due = Object.entries(invariants).filter(([, it]) => !("waits" in it));
    expect(Object.keys(forgeries)).toEqual(due.map(([name]) => name));
  });
});

test("a history is written as JSON lines, its logs at the end", async () => {
  const run = new Forgery();
  const path = join(import.meta.dirname, `.history-${crypto.randomUUID()}.jsonl`);
  try {
    await writeHistory(path, run.history, new Map([[ROOM, run.log]]));
    const lines = readFileSync(path, "utf8")
      .trimEnd()
      .split("\n")
      .map((it) => JSON.parse(it));
    expect(lines).toEqual([
      ...run.history,
      ...run.log.map((event) => ({ kind: "log", room: ROOM, ...event })),
    ]);
  } finally {
    await Bun.file(path).delete();
  }
});

function violations(forge: Forge) {
  const run = new Forgery();
  forge(run);
  return check(ROOM, run.history, run.log).violations;
}

function broken(forge: Forge): Rule[] {
  return [...new Set(violations(forge).map(({ rule }) => rule))].toSorted(inOrder);
}

const READERS = [
  ["ws-1", "ws"],
  ["sse-1", "sse"],
  ["http-1", "http"],
] as const;

/** One event more in the log, that all readers see. */
function add(run: Forgery, event: Parameters<typeof logged>[1]): void {
  run.log.push(logged(run.log.length + 1, event));
  for (const [client, transport] of READERS) run.sees(client, transport, run.log.length);
}

/** Says it just before `mark` happens. */
function put(run: Forgery, entry: Told, mark: Entry): void {
  run.history.splice(run.history.indexOf(mark), 0, { t: mark.t, room: ROOM, ...entry });
}
type Told = RoomEntry extends infer E ? (E extends unknown ? Omit<E, "t" | "room"> : never) : never;

function after(run: Forgery, mark: Entry): Entry[] {
  return run.history.slice(run.history.indexOf(mark));
}

function line(run: Forgery, text: string): void {
  run.tells({ kind: "log-line", node: "one", line: text });
}
