import { expect, test } from "bun:test";
import { limits, type UserId } from "@snug/protocol";
import fc from "fast-check";
import { Attendance } from "./presence.ts";

const people = ["ada", "bob", "cy", "dot"] as UserId[];
const { leaveMs } = limits;

type Step =
  | { do: "open" | "close" | "reload" | "dismiss" | "hide" | "show"; who: number }
  | { do: "wait"; ms: number }
  | { do: "look" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom("open", "close", "reload", "dismiss", "hide", "show"),
    who: fc.nat({ max: people.length - 1 }),
  }),
  fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 500, leaveMs - 1, leaveMs) }),
  fc.record({ do: fc.constant("look") }),
);

/** The same in the plainest words: each person's connections, and the moment of the last close. */
class Model {
  readonly open = new Map<UserId, number>();
  readonly closedAt = new Map<UserId, number>();
  readonly hidden = new Set<UserId>();

  isHere(user: UserId, now: number): boolean {
    if (this.hidden.has(user)) return false;
    if ((this.open.get(user) ?? 0) > 0) return true;
    return now - (this.closedAt.get(user) ?? Number.NEGATIVE_INFINITY) < leaveMs;
  }
}

test("[PRS1] [PRS3] [PRS7] whatever comes, goes, reloads, hides and is sent out: told is who is here, and nobody twice", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      const attendance = new Attendance((user) => model.hidden.has(user));
      const told = new Set<UserId>();
      let now = 0;
      for (const one of [...steps, { do: "look" } as const]) {
        if (one.do === "wait") now += one.ms;
        else if (one.do === "look") {
          const { online, offline } = attendance.look(now);
          // Only who changed, and each once: told to come who was away, told to go who was here.
          for (const user of online) expect(told.has(user)).toBe(false);
          for (const user of offline) expect(told.has(user)).toBe(true);
          expect(new Set([...online, ...offline]).size).toBe(online.length + offline.length);
          for (const user of online) told.add(user);
          for (const user of offline) told.delete(user);
          const here = people.filter((user) => model.isHere(user, now));
          expect([...told].toSorted()).toEqual(here);
          expect([...attendance.told].toSorted()).toEqual(here);
          expect(attendance.here().toSorted()).toEqual(here);
        } else act(one.do, people[one.who] as UserId);
      }

      function act(what: "open" | "close" | "reload" | "dismiss" | "hide" | "show", who: UserId) {
        const open = model.open.get(who) ?? 0;
        switch (what) {
          case "open":
            model.open.set(who, open + 1);
            return attendance.open(who);
          case "close":
            if (open === 1) model.closedAt.set(who, now);
            model.open.set(who, Math.max(0, open - 1));
            return attendance.close(who, now);
          case "reload":
            // The new page is there before the old one is missed.
            if (open === 0) return;
            attendance.close(who, now);
            return attendance.open(who);
          case "dismiss":
            if (open === 0) model.closedAt.delete(who);
            return attendance.dismiss(who);
          case "hide":
            model.hidden.add(who);
            return attendance.touch(who);
          case "show":
            model.hidden.delete(who);
            return attendance.touch(who);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("[PRS3] who leaves is told of once, when their time is over, and who is back by then not at all", () => {
  const [ada, bob] = people as [UserId, UserId];
  const attendance = new Attendance(() => false);
  attendance.open(ada);
  attendance.open(bob);
  expect(attendance.look(0)).toEqual({ online: [ada, bob], offline: [], over: [] });
  attendance.close(ada, 10);
  attendance.close(bob, 20);
  expect(attendance.leavesAt).toBe(10 + leaveMs);
  expect(attendance.look(9 + leaveMs)).toEqual({ online: [], offline: [], over: [] });
  attendance.open(bob);
  expect(attendance.look(30 + leaveMs)).toEqual({ online: [], offline: [ada], over: [ada] });
  expect(attendance.leavesAt).toBe(Number.POSITIVE_INFINITY);
  attendance.close(bob, 9_000);
  attendance.dismiss(bob);
  expect(attendance.look(9_000)).toEqual({ online: [], offline: [bob], over: [bob] });
  expect(attendance.isEmpty).toBe(true);
});
