import { afterEach, expect, test } from "bun:test";
import type { Author, Outcome } from "./api.ts";
import { Authors } from "./authors.ts";
import type { Http } from "./http.ts";
import { fail, noConnection, succeed } from "./problem.ts";
import { FastClock, ManualClock } from "./testing/clocks.ts";
import { eventually, until } from "./testing/until.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

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
  authors.lookUp([bob.id]);
  authors.meet([bob]);
  authors.meet([{ ...bob }]);
  answers[0]?.(succeed({ user: { ...bob, name: "Rob" } }));
  await Promise.resolve();
  authors.meet([{ ...bob, name: "Bobby" }]);
  expect(changed).toEqual(["u_bob: Bob", "u_bob: Bobby"]);
});

test("[SDK1] who could not be looked up is asked for until there is an answer, over the next link too", async () => {
  const { authors, clock, answers, changed } = looking();
  authors.lookUp([bob.id, "@room"]);
  authors.lookUp([bob.id]);
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

test("[SDK1] the silent have names too: who is mentioned, who reacts, who has read; and what shows them is seen anew", async () => {
  const server = world.fake();
  server.onCall = (_, { pathname }) => {
    const [, id] = /^\/v1\/users\/(.*)$/.exec(pathname) ?? [];
    return id === undefined ? null : Response.json({ user: { id, name: `name of ${id}` } });
  };
  server.reads = { u_reader: 1 };
  server.add("hello");
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock());
  const room = chat.room("general");
  await until(room.state, ({ status }) => status === "live");
  const named = (id: string) => room.user(id)?.name === `name of ${id}`;
  const seen = new Set<unknown>();
  const look = () => {
    const [first] = room.messages.get();
    if (first?.text === "hello @Ann" && named("u_ann")) seen.add("mentioned");
    if (first?.state === "sent" && "👍" in first.reactions && named("u_fan")) seen.add("reacted");
    if ("u_reader" in room.reads.get() && named("u_reader")) seen.add("read");
  };
  for (const { subscribe } of [room.messages, room.reads]) world.after(subscribe(look));
  const edit = { type: "message.edited", target: 1, text: "hello @Ann", mentions: ["u_ann"] };
  server.tellEvents(
    server.happen(edit),
    server.happen({ type: "reaction.added", target: 1, emoji: "👍", by: "u_fan" }),
  );
  await eventually(() => seen.size === 3);
});
