import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRules } from "../scripts/rules.ts";
import { check } from "./checker.ts";
import { Forgery, logged, ROOM } from "./forgery.ts";
import {
  canonical,
  type Entry,
  type LogEvent,
  type RoomEntry,
  type Wanted,
  writeHistory,
} from "./history.ts";
import { invariants, type Rule } from "./invariants.ts";

type Forge = (run: Forgery) => void;

const MIB = 2 ** 20;
const LATER = { kind: "log-line", node: "one", line: "later" } as const;
const edit = (target: number, text: string) => ({ type: "message.edited", target, text }) as const;
const react = (target: number) => ({ type: "reaction.added", target, emoji: "👍" }) as const;
const said = (clientId: string, text: string) =>
  ({ type: "message.posted", by: "u_ada", clientId, text }) as const;

/** For each invariant, runs that break it and no other. */
const forgeries: Record<Rule, Record<string, Forge>> = {
  I1: { "time runs backwards": (run) => void (run.logged(3).at = 1) },
  I2: {
    "two ids at one seq": (run) => void (run.seen("sse-1", 4).id = "m_other"),
    "the words of what was deleted, in the log": (run) => {
      deletes(run, "ada", 4);
      run.log[3] = logged(4, said("a2", "with milk?"));
    },
    "the words of what was deleted, to who asks after that": (run) => {
      const whole = run.logged(4);
      deletes(run, "ada", 4);
      run.asks("late", "http");
      run.opens("late", 3);
      run.observes("late", whole);
      for (const seq of [5, 6]) run.sees("late", "http", seq);
    },
    "other words before they were deleted": (run) => {
      run.seen("sse-1", 4).body = logged(4, said("a2", "with salt?")).body;
      deletes(run, "ada", 4);
    },
    "what was deleted with another time than that": (run) => {
      deletes(run, "ada", 4);
      run.seen("sse-1", 4).body = emptied(run.logged(4), 7).body;
    },
  },
  I3: {
    "an answer with another id than the log's": (run) => {
      for (const ok of run.of("bob", "ok")) ok.id = "m_other";
    },
    "an edit that was answered and is not there": (run) =>
      run.settles("ada", run.wants("ada", edit(4, "with salt?"))),
    "a deletion that was answered and is not there": (run) =>
      run.settles("ada", run.wants("ada", { type: "message.deleted", target: 4 })),
    "a reaction that was answered and is not there": (run) =>
      run.settles("bob", run.wants("bob", react(4))),
    "a clear that was answered and is not there": (run) =>
      run.settles("ada", run.wants("ada", { type: "room.cleared" })),
  },
  I4: {
    "another text than was sent": (run) => void (run.logged(3).text = "yes! "),
    "another thread than it was sent to": (run) => {
      run.invokes("bob", "b2", "sure");
      add(run, { type: "message.posted", by: "u_bob", clientId: "b2", text: "sure", thread: 2 });
      run.answers("bob", "b2", 6);
    },
    "an edit that nobody asked for": (run) => add(run, { ...edit(4, "no milk"), by: "u_ada" }),
    "an edit that was refused": (run) => {
      run.settles("ada", run.wants("ada", edit(4, "no milk")), "forbidden");
      add(run, { ...edit(4, "no milk"), by: "u_ada" });
    },
    "an edit of what somebody else said": (run) => changes(run, "bob", edit(4, "no milk")),
    "a reaction to what is no message": (run) => {
      run.wants("bob", react(1));
      add(run, { ...react(1), by: "u_bob" });
    },
    "a reaction to what was deleted": (run) => {
      deletes(run, "ada", 4);
      changes(run, "bob", react(4));
    },
  },
  I5: {
    "two answers to one send": (run) => {
      run.invokes("bob", "b1", "yes!");
      run.answers("bob", "b1", 4);
    },
    "a reaction that was there already": (run) => {
      changes(run, "bob", react(4));
      changes(run, "bob", react(4));
    },
    "an edit to the same words": (run) => changes(run, "ada", edit(4, "with milk?")),
    "a pin of what is pinned": (run) => {
      changes(run, "bob", { type: "message.pinned", target: 4 });
      changes(run, "ada", { type: "message.pinned", target: 4 });
    },
  },
  I6: {
    "two events the wrong way round": (run) =>
      run.move(run.seen("sse-1", 4), "before", run.seen("sse-1", 3)),
  },
  I7: {
    "a resume that skips an event": (run) => run.drop(run.seen("ws-1", 3)),
    "a gap of a clear that was not": (run) => {
      run.of("ws-1", "gap")[0]!.reason = "trimmed";
      run.drop(run.seen("ws-1", 3), run.seen("ws-1", 4));
    },
    "a beginning anew though nothing was cleared": (run) => run.begins("sse-1", 5),
  },
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
    "a message without words that nobody deleted": (run) =>
      void (run.seen("sse-1", 4).body = emptied(run.logged(4), 1_006).body),
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
    "a page before a number that it names": (run) =>
      run.pages({ at: "end" }, 2, [4, 5], 5, { head: 4 }),
    ...Object.fromEntries(
      [edit(5, "or nothing"), react(5), { type: "message.pinned" as const, target: 5 }].map(
        (want): [string, Forge] => [
          `a page that passes over a ${want.type}`,
          (run) => {
            changes(run, "ada", want);
            run.asks("http-1", "http");
            run.pages({ at: "after", seq: 4 }, 2, [5], 6);
          },
        ],
      ),
    ),
    "a page with the words of what was deleted": (run) => {
      const whole = run.logged(5);
      deletes(run, "ada", 5);
      run.asks("http-1", "http");
      run.pages({ at: "after", seq: 4 }, 2, [5], 6, { as: whole });
    },
    "a page with a reply in its main line": (run) => {
      replies(run);
      run.asks("http-1", "http");
      run.pages({ at: "after", seq: 5 }, 2, [6], 6);
    },
    "a thread's page without its reply": (run) => {
      replies(run);
      run.asks("http-1", "http");
      run.pages({ at: "after", seq: 5 }, 2, [], 6, { thread: 5 });
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
  I14: {
    "somebody who is gone and is seen still": (run) => {
      meet(run);
      run.stays("sse-1", "sse", false);
      run.waits(10_000);
      run.tells(LATER);
    },
    "a ghost of a node that died 20 s ago": (run) => {
      diesWithNode(run);
      run.waits(20_000);
      run.tells(LATER);
    },
    "somebody who came and is not seen": (run) => {
      meet(run);
      run.stays("bob", "ws", true);
      run.meets("bob", "ws", { whole: true, online: ["u_ws-1", "u_sse-1", "u_bob"] });
      run.waits(10_000);
      run.tells(LATER);
    },
    "who is there, not told to who comes": (run) => {
      meet(run);
      run.stays("bob", "ws", true);
      run.meets("ws-1", "ws", { online: ["u_bob"] });
      run.meets("sse-1", "sse", { online: ["u_bob"] });
      run.waits(10_000);
      run.tells(LATER);
    },
    "a reload that is told": (run) => {
      meet(run);
      run.stays("sse-1", "sse", false);
      run.waits(1_000);
      run.stays("sse-1", "sse", true);
      run.meets("sse-1", "sse", { whole: true, online: ["u_ws-1", "u_sse-1"] });
      run.meets("ws-1", "ws", { offline: ["u_sse-1"] });
      run.meets("ws-1", "ws", { online: ["u_sse-1"] });
    },
    "the end of one of two connections, told as the end": (run) => {
      meet(run);
      run.tells({ kind: "sign-in", client: "ws-2", user: "u_sse-1" });
      run.stays("ws-2", "ws", true);
      run.meets("ws-2", "ws", { whole: true, online: ["u_ws-1", "u_sse-1"] });
      run.waits(10_000);
      run.stays("ws-2", "ws", false);
      run.waits(5_000);
      run.meets("ws-1", "ws", { offline: ["u_sse-1"] });
    },
    "somebody who was never there": (run) => {
      meet(run);
      run.meets("ws-1", "ws", { whole: true, online: ["u_ws-1", "u_sse-1", "u_eve"] });
      run.waits(10_000);
      run.tells(LATER);
    },
  },
  I15: {
    "typing that is kept": (run) => add(run, { type: "typing", by: "u_bob" }),
    "typing that is told to who comes later": (run) => {
      run.types("bob", "types");
      run.types("bob", "typed");
      run.waits(2_000);
      run.asks("late", "ws");
      run.hears("late", "ws", "u_bob");
    },
    "typing of somebody who does not": (run) => run.hears("ws-1", "ws", "u_bob"),
    "one's own typing": (run) => {
      run.types("bob", "types");
      run.hears("bob", "ws", "u_bob");
    },
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
    "what is done with messages, and what is left of them": (run) => {
      changes(run, "ada", edit(4, "with salt?"));
      changes(run, "bob", react(4));
      changes(run, "bob", { ...react(4), type: "reaction.removed" });
      changes(run, "bob", { type: "message.pinned", target: 4 });
      deletes(run, "ada", 4);
      run.settles("ada", run.wants("ada", { type: "message.deleted", target: 4 }));
      run.settles("bob", run.wants("bob", react(4)), "message_not_found");
      run.asks("late", "http");
      run.opens("late", 3);
      for (let seq = 4; seq <= run.log.length; seq++) run.sees("late", "http", seq);
    },
    "the words of what was deleted, on their way since before": (run) => {
      const whole = run.logged(4);
      run.asks("late", "http");
      deletes(run, "ada", 4);
      run.opens("late", 3);
      run.observes("late", whole);
      for (const seq of [5, 6]) run.sees("late", "http", seq);
    },
    "pages of what is left": (run) => {
      replies(run);
      deletes(run, "ada", 4);
      run.asks("http-1", "http");
      run.pages({ at: "after", seq: 5 }, 2, [6], 7, { thread: 5 });
      const nothing = { files: [], reactions: {}, editedAt: null, pinned: false };
      const left = { ...said("a2", ""), ...nothing, deletedAt: run.logged(7).at };
      run.pages({ at: "before", seq: 5 }, 2, [3, 4], 4, { as: logged(4, left) });
    },
    "a clear, for who was there and for who was not": (run) => {
      clears(run, 5);
      run.opens("late", 2);
      run.meetsGap("late", 2, 5);
      run.sees("late", "http", 6);
      run.opens("anew", 3);
      run.begins("anew", 6);
    },
    "who is there, who comes and who goes": (run) => {
      meet(run);
      run.stays("bob", "ws", true);
      run.meets("bob", "ws", { whole: true, online: ["u_ws-1", "u_sse-1", "u_bob"] });
      for (const [client, transport] of [
        ["ws-1", "ws"],
        ["sse-1", "sse"],
      ] as const)
        run.meets(client, transport, { online: ["u_bob"] });
      run.waits(10_000);
      run.stays("sse-1", "sse", false);
      run.waits(4_000);
      run.meets("ws-1", "ws", { offline: ["u_sse-1"] });
      run.meets("bob", "ws", { offline: ["u_sse-1"] });
      run.waits(10_000);
      run.tells(LATER);
    },
    "somebody whose node died just now, and is seen still": (run) => {
      diesWithNode(run);
      run.waits(15_000);
      run.tells(LATER);
    },
    "a reload that nobody is told of": (run) => {
      meet(run);
      run.stays("sse-1", "sse", false);
      run.waits(1_000);
      run.stays("sse-1", "sse", true);
      run.meets("sse-1", "sse", { whole: true, online: ["u_ws-1", "u_sse-1"] });
      run.waits(10_000);
      run.tells(LATER);
    },
    "whatever is said of who is there while faults last, and 50 s after": (run) => {
      run.tells({ kind: "fault", what: "a dead line", takes: "connection" });
      run.stays("ws-1", "ws", true);
      run.meets("ws-1", "ws", { online: ["u_eve"] });
      run.tells({ kind: "calm" });
      run.waits(40_000);
      run.meets("ws-1", "ws", { offline: ["u_eve"] });
      run.meets("ws-1", "ws", { whole: true, online: ["u_ws-1"] });
    },
    "typing that is told while it lasts": (run) => {
      run.types("bob", "types");
      run.hears("ws-1", "ws", "u_bob");
      run.types("bob", "typed");
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
  test("names rules that docs/protocol.md has and serves", () => {
    const { rules } = readRules(
      readFileSync(join(import.meta.dirname, "../docs/protocol.md"), "utf8"),
    );
    const served = new Map(rules.map((rule) => [rule.id, rule.served]));
    for (const [name, invariant] of Object.entries(invariants)) {
      for (const rule of invariant.rules)
        expect([name, rule, served.get(rule)]).toEqual([name, rule, true]);
    }
  });

  test("has all twenty, each with a forgery", () => {
    expect(Object.keys(invariants)).toEqual(Array.from({ length: 20 }, (_, i) => `I${i + 1}`));
    expect(Object.keys(forgeries)).toEqual(Object.keys(invariants));
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

/** A fault is over, and those who read live have the room open. */
function meet(run: Forgery): void {
  run.tells({ kind: "fault", what: "a dead line", takes: "connection" });
  for (const [client, transport] of [
    ["ws-1", "ws"],
    ["sse-1", "sse"],
  ] as const) {
    run.stays(client, transport, true);
    run.meets(client, transport, { whole: true, online: ["u_ws-1", "u_sse-1"] });
  }
  run.tells({ kind: "calm", clean: true });
  run.waits(10_000);
}

/** One of two nodes is killed, and somebody who was there is gone with it. */
function diesWithNode(run: Forgery): void {
  run.tells({ kind: "start", node: "two" });
  meet(run);
  run.tells({ kind: "fault", what: "kill -9", takes: "process" });
  run.stays("sse-1", "sse", false);
  run.tells({ kind: "exit", node: "two", asked: true, how: "SIGKILL" });
  run.tells({ kind: "calm", clean: true });
}

/** Somebody changes what was said, and all readers see it. */
function changes(run: Forgery, client: string, want: Wanted): void {
  const ref = run.wants(client, want);
  add(run, { ...want, by: `u_${client}` });
  run.settles(client, ref);
}

function deletes(run: Forgery, client: string, target: number): void {
  changes(run, client, { type: "message.deleted", target });
  const { at } = run.log.at(-1)!;
  run.log = run.log.map((event) =>
    event.seq === target || isEditOf(event, target) ? emptied(event, at) : event,
  );
}

/** Everything up to this number goes. */
function clears(run: Forgery, upTo: number): void {
  const ref = run.wants("ada", { type: "room.cleared" });
  add(run, { type: "room.cleared", by: "u_ada", upTo });
  run.settles("ada", ref);
  run.log = run.log.filter(({ seq }) => seq > upTo);
}

/** In the thread of the newest message. */
function replies(run: Forgery): void {
  run.invokes("bob", "b2", "sure", 5);
  add(run, { type: "message.posted", by: "u_bob", clientId: "b2", text: "sure", thread: 5 });
  run.answers("bob", "b2", 6);
}

function isEditOf({ type, body }: LogEvent, target: number): boolean {
  return type === "message.edited" && (JSON.parse(body) as { target: number }).target === target;
}

/** What is left of an event when the message was deleted at this time. */
function emptied(event: LogEvent, at: number): LogEvent {
  const content = { ...(JSON.parse(event.body) as object), text: "" };
  const isMessage = event.type === "message.posted";
  const body = canonical(isMessage ? { ...content, files: [], deletedAt: at } : content);
  return { ...event, text: "", body };
}
