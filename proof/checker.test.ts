import { describe, expect, test } from "bun:test";
import { check, checkRooms, type Verdict } from "./checker.ts";
import { Forgery, logged, ROOM } from "./forgery.ts";

function judged(forge: (run: Forgery) => void): Verdict {
  const run = new Forgery();
  forge(run);
  return check(ROOM, run.history, run.log);
}

function brokenRules(forge: (run: Forgery) => void): string[] {
  const rules = judged(forge).violations.map(({ rule }) => rule);
  return [...new Set(rules)].sort();
}

test("a run as it should be is accepted", () => {
  const verdict = judged(() => {});
  expect(verdict.violations).toEqual([]);
  expect(verdict.sends).toEqual({ lost: 0, repeated: 0, reordered: 0 });
  expect(verdict.readings.map(({ client, seen, lost }) => ({ client, seen, lost }))).toEqual([
    { client: "ws-1", seen: 5, lost: 0 },
    { client: "sse-1", seen: 5, lost: 0 },
    { client: "http-1", seen: 5, lost: 0 },
  ]);
});

test("an empty run is accepted", () => {
  expect(check(ROOM, [], []).violations).toEqual([]);
});

test("rooms are judged apart, each by its own log", () => {
  const [one, other] = [new Forgery(), new Forgery()];
  for (const entry of other.history) if ("room" in entry) entry.room = "other";
  const both = [...one.history, ...other.history.filter((entry) => "room" in entry)];
  const logs = new Map([
    [ROOM, one.log],
    ["other", other.log],
  ]);
  const verdict = checkRooms(both, logs);
  expect(verdict.violations).toEqual([]);
  expect(verdict.readings.map(({ room }) => room)).toEqual([
    ...Array<string>(3).fill(ROOM),
    ...Array<string>(3).fill("other"),
  ]);
  logs.set("other", one.log.slice(0, 4));
  expect(checkRooms(both, logs).violations.map(({ rule }) => rule)).toContain("I3");
  logs.delete("other");
  expect(checkRooms(both, logs).violations.map(({ rule }) => rule)).toEqual(["I4"]);
});

test("a send that was refused and is not in the log is accepted", () => {
  const refused = (run: Forgery) => {
    run.invokes("bob", "b2", "");
    run.refuses("bob", "b2");
  };
  expect(brokenRules(refused)).toEqual([]);
});

test("a send that was refused for a while and then took its place at the end is accepted", () => {
  const later = (run: Forgery) => {
    const [first] = run.of("ada", "invoke");
    if (!first) throw new Error("no send");
    run.invokes("ada", "a0", "hello");
    run.refuses("ada", "a0");
    for (const entry of run.history.slice(-2)) run.move(entry, "before", first);
    run.log.push(logged(6, { type: "message.posted", by: "u_ada", clientId: "a0", text: "hello" }));
    run.invokes("ada", "a0", "hello");
    run.answers("ada", "a0", 6);
    for (const [client, transport] of READERS) run.sees(client, transport, 6);
  };
  expect(brokenRules(later)).toEqual([]);
});

const READERS = [
  ["ws-1", "ws"],
  ["sse-1", "sse"],
  ["http-1", "http"],
] as const;

describe("I1: the final log", () => {
  test("with a hole is refused", () => {
    expect(brokenRules((run) => run.log.splice(0, 1))).toContain("I1");
  });
  test("with a seq twice is refused", () => {
    expect(brokenRules((run) => run.log.splice(1, 0, run.logged(1)))).toContain("I1");
  });
  test("with an id twice is refused", () => {
    const forge = (run: Forgery) => {
      run.logged(1).id = run.logged(3).id;
      for (const [client] of READERS) run.seen(client, 1).id = run.logged(3).id;
    };
    expect(brokenRules(forge)).toEqual(["I1"]);
  });
  test("with time running backwards is refused", () => {
    expect(brokenRules((run) => void (run.logged(3).at = 1))).toEqual(["I1"]);
  });
});

describe("I2, I11: agreement", () => {
  test("two contents at one seq are refused", () => {
    const forge = (run: Forgery) => void (run.seen("ws-1", 2).body += " ");
    expect(brokenRules(forge)).toEqual(["I11", "I2"]);
  });
  test("two ids at one seq are refused", () => {
    const forge = (run: Forgery) => void (run.seen("sse-1", 4).id = "m_other");
    expect(brokenRules(forge)).toEqual(["I2"]);
  });
  test("readers who agree among themselves, and not with the log, are refused", () => {
    const forge = (run: Forgery) => {
      for (const [client] of READERS) run.seen(client, 3).body = run.logged(2).body;
    };
    expect(brokenRules(forge)).toEqual(["I2"]);
  });
  test("an event that a transport dresses in its own way is refused", () => {
    const forge = (run: Forgery) => {
      for (const entry of run.of("http-1", "observe")) entry.body += " ";
    };
    expect(brokenRules(forge)).toContain("I11");
  });
});

describe("I3: acknowledged sends", () => {
  test("one that is missing from the end of the log is refused", () => {
    const verdict = judged((run) => {
      run.log.pop();
      for (const [client] of READERS) run.drop(run.seen(client, 5));
      run.drop(...run.of("http-1", "end"));
    });
    expect(verdict.violations.map(({ rule }) => rule)).toContain("I3");
    expect(verdict.sends.lost).toBe(1);
  });
  test("one that is at another seq than its answer said is refused", () => {
    const forge = (run: Forgery) => {
      for (const ok of run.of("bob", "ok")) ok.seq = 1;
    };
    expect(brokenRules(forge)).toContain("I3");
  });
  test("one that has another id than its answer said is refused", () => {
    const forge = (run: Forgery) => {
      for (const ok of run.of("bob", "ok")) ok.id = "m_other";
    };
    expect(brokenRules(forge)).toEqual(["I18", "I3"]);
  });
  test("an answer that points at somebody else's message is refused", () => {
    const forge = (run: Forgery) => {
      for (const ok of run.of("bob", "ok")) Object.assign(ok, { seq: 2, id: "m_2" });
    };
    expect(brokenRules(forge)).toContain("I3");
  });
});

describe("I4: the messages of the log", () => {
  test("one that nobody sent is refused", () => {
    const forge = (run: Forgery) => {
      run.log.push(logged(6, { type: "message.posted", by: "u_eve", clientId: "x", text: "hi" }));
      for (const [client, transport] of READERS) run.sees(client, transport, 6);
    };
    expect(brokenRules(forge)).toEqual(["I4"]);
  });
  test("one in the name of another is refused", () => {
    const forge = (run: Forgery) => void (run.logged(3).by = "u_ada");
    expect(brokenRules(forge)).toContain("I4");
  });
  test("one with another text than was sent is refused", () => {
    const forge = (run: Forgery) => void (run.logged(3).text = "yes! ");
    expect(brokenRules(forge)).toEqual(["I4"]);
  });
  test("one that was refused is refused", () => {
    const forge = (run: Forgery) => {
      run.drop(...run.of("bob", "ok"));
      run.refuses("bob", "b1");
    };
    expect(brokenRules(forge)).toEqual(["I4"]);
  });
  test("an event of another room is refused", () => {
    const forge = (run: Forgery) => void (run.seen("ws-1", 3).room = "elsewhere");
    expect(brokenRules(forge)).toContain("I4");
  });
});

describe("I5: once", () => {
  test("a send that is in the log twice is refused", () => {
    const verdict = judged((run) => {
      run.log.push(
        logged(6, { type: "message.posted", by: "u_ada", clientId: "a2", text: "with milk?" }),
      );
      for (const [client, transport] of READERS) run.sees(client, transport, 6);
    });
    expect(verdict.violations.map(({ rule }) => rule)).toEqual(["I5"]);
    expect(verdict.sends.repeated).toBe(1);
  });
  test("answers to repeats that disagree are refused", () => {
    const forge = (run: Forgery) => {
      run.invokes("bob", "b1", "yes!");
      run.answers("bob", "b1", 4);
    };
    expect(brokenRules(forge)).toEqual(["I5"]);
  });
});

describe("I6: a live reader", () => {
  test("who sees an event twice is refused", () => {
    const forge = (run: Forgery) => {
      run.sees("sse-1", "sse", 2);
      run.move(run.of("sse-1", "observe").at(-1)!, "after", run.seen("sse-1", 2));
    };
    expect(brokenRules(forge)).toEqual(["I6"]);
    expect(readingOf(judged(forge), "sse-1")).toMatchObject({ lost: 0, repeated: 1 });
  });
  test("who sees two events the wrong way round is refused", () => {
    const forge = (run: Forgery) => run.move(run.seen("sse-1", 4), "before", run.seen("sse-1", 3));
    expect(brokenRules(forge)).toEqual(["I6"]);
    expect(readingOf(judged(forge), "sse-1")).toMatchObject({ lost: 0, reordered: 1 });
  });
  test("who misses an event in the middle is refused", () => {
    const forge = (run: Forgery) => run.drop(run.seen("sse-1", 3));
    expect(brokenRules(forge)).toEqual(["I6", "I7"]);
    expect(readingOf(judged(forge), "sse-1")).toMatchObject({ lost: 1, repeated: 0 });
  });
});

describe("I7: a reader over all resumes", () => {
  test("who was sent an event again by a resume is refused", () => {
    const forge = (run: Forgery) => {
      run.sees("ws-1", "ws", 2);
      run.move(run.of("ws-1", "observe").at(-1)!, "before", run.seen("ws-1", 3));
    };
    expect(brokenRules(forge)).toEqual(["I7"]);
  });
  test("whose resume skipped an event is refused", () => {
    expect(brokenRules((run) => run.drop(run.seen("ws-1", 3)))).toEqual(["I7"]);
  });
  test("whose announced gap was not filled is refused", () => {
    const forge = (run: Forgery) => run.drop(run.seen("ws-1", 3), run.seen("ws-1", 4));
    expect(brokenRules(forge)).toEqual(["I7"]);
  });
  test("who never saw the end is refused", () => {
    expect(brokenRules((run) => run.drop(run.seen("http-1", 5)))).toEqual(["I7"]);
  });
  test("who was sent what came before the place they opened is refused", () => {
    const forge = (run: Forgery) => {
      for (const open of run.of("sse-1", "open")) open.after = 1;
    };
    expect(brokenRules(forge)).toEqual(["I7"]);
  });
  test("who saw more than the log holds is refused", () => {
    expect(brokenRules((run) => run.sees("ws-1", "ws", 6))).toEqual(["I7"]);
  });
  test("who was sent events without opening the room is refused", () => {
    expect(brokenRules((run) => run.drop(...run.of("sse-1", "open")))).toEqual(["I7"]);
  });
  test("who was moved to another epoch is refused", () => {
    const forge = (run: Forgery) => void (run.of("ws-1", "open")[1]!.epoch = "e2");
    expect(brokenRules(forge)).toEqual(["I7"]);
  });
  test.each(["rewritten", "new_log", "trimmed"])("who met a gap %s is refused", (reason) => {
    const forge = (run: Forgery) => void (run.of("ws-1", "gap")[0]!.reason = reason);
    expect(brokenRules(forge)).toContain("I7");
  });
  test("who met such a gap and read all anew is refused for the gap alone", () => {
    const forge = (run: Forgery) => {
      Object.assign(run.of("ws-1", "gap")[0]!, { reason: "rewritten", next: 0 });
      for (const seq of [1, 2]) {
        run.sees("ws-1", "ws", seq);
        run.move(run.of("ws-1", "observe").at(-1)!, "before", run.seen("ws-1", 3));
      }
    };
    expect(judged(forge).violations).toHaveLength(1);
    expect(readingOf(judged(forge), "ws-1")).toMatchObject({ seen: 5, lost: 0, repeated: 0 });
  });
});

test("I8: sends of one sender in another order than they were sent are refused", () => {
  const verdict = judged((run) => run.swap(4, 5));
  expect(verdict.violations.map(({ rule }) => rule)).toEqual(["I8"]);
  expect(verdict.sends.reordered).toBe(1);
});

test("I9: a send that went before one which had been answered is refused", () => {
  expect(brokenRules((run) => run.swap(2, 3))).toEqual(["I9"]);
});

test("I10: a page that ends before what had been answered is refused", () => {
  const forge = (run: Forgery) => {
    for (const end of run.of("http-1", "end")) end.seq = 4;
  };
  expect(brokenRules(forge)).toEqual(["I10"]);
});

describe("I17: answers", () => {
  test("a send whose outcome stayed unknown is refused", () => {
    expect(brokenRules((run) => run.invokes("bob", "b2", "hello?"))).toEqual(["I17"]);
  });
  test("a repeat that was refused does not make up for a try of unknown outcome", () => {
    const forge = (run: Forgery) => {
      run.drop(...run.of("bob", "ok"));
      run.invokes("bob", "b1", "yes!");
      run.refuses("bob", "b1");
    };
    expect(brokenRules(forge)).toEqual(["I17"]);
  });
});

function readingOf(verdict: Verdict, client: string) {
  return verdict.readings.find((reading) => reading.client === client);
}
