import type { User } from "@snug/protocol";
import { expect, test } from "bun:test";
import type { Entry } from "./outbox-storage.ts";
import { message } from "./testing/fake-server.ts";
import {
  append,
  clientIdOf,
  fromPage,
  join,
  ownKey,
  prepend,
  toSent,
  toUnreadable,
  toUnsent,
  withAuthors,
  type MessagePage,
  type View,
} from "./timeline.ts";

const you = { id: "u_you" as User["id"], name: "You" };
const view: View = { me: "u_me", author: () => null };

const page = (seqs: number[], unreadable?: number[]): MessagePage => ({
  messages: seqs.map((seq) => message(seq, seq % 2 ? "u_me" : "u_you", `c${seq}`, `t${seq}`)),
  users: {},
  cursor: "e.9.m",
  head: 9,
  ...(unreadable && { unreadable }),
});
const entry: Entry = {
  clientId: "c1",
  room: "general",
  ephemeral: false,
  text: "t1",
  replyTo: null,
  thread: null,
  files: [],
  by: null,
  order: 1,
  writtenAt: 1,
  after: null,
  state: "waiting",
  problem: null,
};

test("[AVL4] a record that cannot be read stands in its place", () => {
  const items = fromPage(page([1, 3, 4], [2, 5]), view);
  expect(items.map(({ seq, state }) => [seq, state])).toEqual([
    [1, "sent"],
    [2, "unreadable"],
    [3, "sent"],
    [4, "sent"],
    [5, "unreadable"],
  ]);
  expect(new Set(items.map(({ key }) => key)).size).toBe(5);
});

test("[SDK1] an older page comes before, without what is held; what is held is the same object", () => {
  const held = fromPage(page([5, 6]), view);
  const whole = prepend(held, fromPage(page([3, 4, 5]), view));
  expect(whole.map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
  expect(whole[2]).toBe(held[0] as never);
  expect(prepend(held, fromPage(page([5, 6]), view))).toBe(held);
});

test("appending nothing changes nothing, and appending keeps what is there", () => {
  const held = fromPage(page([1]), view);
  expect(append(held, [])).toBe(held);
  expect(append(held, [toUnreadable(2)])[0]).toBe(held[0] as never);
});

test("an author who is known now changes their own messages alone", () => {
  const held = fromPage(page([1, 2, 3, 4]), view);
  const seen = { ...view, author: () => you };
  const known = withAuthors(held, new Set([you.id]), seen);
  expect(known.map((item, index) => item === held[index])).toEqual([true, false, true, false]);
  expect(known[1]).toMatchObject({ author: { name: "You" } });
  expect(withAuthors(known, new Set(["u_nobody"]), seen)).toBe(known);
});

test("[SDK2] a message has the same key before and after it is sent, and no other message can take it", () => {
  const unsent = toUnsent(entry, null);
  expect(toSent(message(7, "u_me", "c1", "t1"), view).key).toBe(unsent.key);
  expect(toSent(message(7, "u_you", "c1", "t1"), view).key).not.toBe(unsent.key);
  // A store may forget a `clientId` after a day, and its sender use it again.
  const [one, again] = [7, 8].map((seq) => toSent(message(seq, "u_you", "c1", "t1"), view).key);
  expect(one).not.toBe(again);
  expect(clientIdOf(ownKey("c1"))).toBe("c1");
});

test("[SDK2] the list is the log, then what is stored, then what waits; the same log alone is the same list", () => {
  const log = fromPage(page([1]), view);
  const stored = [toSent(message(3, "u_me", "c3", "t3"), view)];
  expect(join(log, stored, [toUnsent(entry, null)]).map(({ seq }) => seq)).toEqual([1, 3, null]);
  expect(join(log, [], [])).toBe(log);
});
