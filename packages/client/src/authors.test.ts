import { expect, test } from "bun:test";
import type { Author, Outcome } from "./api.ts";
import { Authors } from "./authors.ts";
import type { Http } from "./http.ts";
import { fail, noConnection, succeed } from "./problem.ts";
import { ManualClock } from "./testing/clocks.ts";
import { eventually } from "./testing/until.ts";

const bob: Author = { id: "u_bob" as Author["id"], name: "Bob", guest: true };

function looking() {
  const answers: ((answer: Outcome<unknown>) => void)[] = [];
  const changed: string[] = [];
  const clock = new ManualClock();
  const call = () => new Promise((answer) => answers.push(answer));
  const authors = new Authors({
    http: { call } as unknown as Http,
    clock,
    changed: (ids) => changed.push(...[...ids].map((id) => `${id}: ${authors.get(id)?.name}`)),
  });
  authors.linked();
  return { authors, clock, answers, changed };
}

test("[SDK1] whoever a page names while they are looked up is told of at once, and the older answer is no news", async () => {
  const { authors, answers, changed } = looking();
  authors.lookUp(bob.id);
  authors.meet([bob]);
  authors.meet([{ ...bob }]);
  answers[0]?.(succeed({ user: { ...bob, name: "Rob" } }));
  await Promise.resolve();
  authors.meet([{ ...bob, name: "Bobby" }]);
  expect(changed).toEqual(["u_bob: Bob", "u_bob: Bobby"]);
});

test("[SDK1] who could not be looked up is asked for until there is an answer, over the next link too", async () => {
  const { authors, clock, answers, changed } = looking();
  authors.lookUp(bob.id);
  authors.lookUp(bob.id);
  answers[0]?.(fail(noConnection));
  await eventually(() => clock.pending === 1);
  authors.unlinked();
  expect(clock.pending).toBe(0);
  authors.linked();
  await eventually(() => answers.length === 2);
  answers[1]?.(fail({ code: "store_unavailable", detail: "Away.", retryAfter: 7 }));
  await eventually(() => clock.next === 7_000);
  clock.advance(7_000);
  await eventually(() => answers.length === 3);
  answers[2]?.(succeed({ user: bob }));
  await eventually(() => changed.length === 1);
  expect([answers.length, changed]).toEqual([3, ["u_bob: Bob"]]);
});
