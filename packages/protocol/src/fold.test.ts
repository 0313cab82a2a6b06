import { expect, test } from "bun:test";
import { fold } from "./fold.ts";
import type { Event, Message } from "./model.ts";

const ANN = "ann";
const entry = (seq: number, by = ANN) => ({ seq, id: `e${seq}`, at: seq * 10, by });

const posted = (seq: number, more: object = {}) =>
  ({
    ...entry(seq),
    clientId: `c${seq}`,
    text: "one",
    replyTo: null,
    thread: null,
    files: [],
    reactions: {},
    editedAt: null,
    deletedAt: null,
    pinned: false,
    ...more,
  }) as unknown as Message;
const happened = (seq: number, type: string, more: object, by = ANN) =>
  ({ ...entry(seq, by), type, ...more }) as unknown as Event;
const reply = (seq: number, thread: number) =>
  ({ ...posted(seq, { thread }), type: "message.posted" }) as Event;
const story = (...events: Event[]) => events.reduce(fold, posted(5, { mentions: ["bob"] }));

test("[MSG8] an edit takes text and mentions into the place of what was", () => {
  const edited = happened(6, "message.edited", { target: 5, text: "two", mentions: ["eve"] });
  expect(story(edited)).toMatchObject({ text: "two", editedAt: 60, mentions: ["eve"] });
  const plain = story(edited, happened(7, "message.edited", { target: 5, text: "three" }));
  expect(plain).toMatchObject({ text: "three", editedAt: 70 });
  expect("mentions" in plain).toBe(false);
});

test("[MSG9] reactions stand in the order in which they came, and leave nothing behind", () => {
  const react = (seq: number, type: string, emoji: string, by: string) =>
    happened(seq, `reaction.${type}`, { target: 5, emoji }, by);
  const both = [
    react(6, "added", "👍", "bob"),
    react(7, "added", "🎉", "ann"),
    react(8, "added", "👍", "ann"),
  ];
  expect(Object.entries(story(...both).reactions)).toEqual([
    ["👍", ["bob", "ann"]],
    ["🎉", ["ann"]],
  ] as never);
  expect(story(...both, ...both).reactions["👍"]).toHaveLength(2);
  const less = story(...both, react(9, "removed", "👍", "bob"), react(10, "removed", "🎉", "ann"));
  expect(less.reactions).toEqual({ "👍": ["ann"] } as never);
  expect(story(react(6, "removed", "👍", "bob")).reactions).toEqual({});
});

test("[MSG11] of a deleted message its place, author and thread are left, and the count of replies", () => {
  const left = story(
    reply(6, 5),
    happened(7, "message.edited", { target: 5, text: "two" }),
    happened(8, "reaction.added", { target: 5, emoji: "👍" }),
    happened(9, "message.pinned", { target: 5 }),
    happened(10, "message.deleted", { target: 5 }),
  );
  expect(left).toEqual({
    ...posted(5, { text: "", deletedAt: 100 }),
    replies: { count: 1, seq: 6, at: 60 } as never,
  });
});

test("[MSG13] a thread's message tells how many replies are left, and the newest, deleted or not", () => {
  const both = [reply(6, 5), reply(7, 5)];
  expect(story(...both).replies).toEqual({ count: 2, seq: 7, at: 70 } as never);
  const gone = happened(8, "message.deleted", { target: 7, thread: 5 });
  expect(story(...both, gone).replies).toEqual({ count: 1, seq: 7, at: 70 } as never);
  expect("replies" in story(gone)).toBe(false);
});

test("[MSG9] a pin comes and goes", () => {
  const pinned = happened(6, "message.pinned", { target: 5 });
  expect(story(pinned).pinned).toBe(true);
  expect(story(pinned, happened(7, "message.unpinned", { target: 5 })).pinned).toBe(false);
});

test("[MSG8] [MSG9] [MSG11] what happens to others leaves a message as it is", () => {
  const message = posted(5);
  for (const event of [
    reply(6, 4),
    happened(7, "message.edited", { target: 4, text: "x" }),
    happened(8, "message.deleted", { target: 6, thread: 4 }),
    happened(9, "reaction.added", { target: 4, emoji: "👍" }),
    happened(10, "message.pinned", { target: 4 }),
    happened(11, "room.cleared", { upTo: 4 }),
    happened(12, "of tomorrow", { target: 5 }),
  ])
    expect(fold(message, event)).toBe(message);
});
