import { limits, type Message, type RoomId, type UserId } from "@snug/protocol";
import fc from "fast-check";
import { clearDraft, deleteDraft, editDraft, pinDraft, reactDraft } from "../../core/draft.ts";
import type { Draft, Store } from "../../core/ports.ts";
import { posting } from "../../fixtures.ts";
import { maybe, roomId, ROOMS, step, user, USERS } from "./script.ts";

// What people say in rooms, what happens to it, and how far they have read.

const room = fc.constantFrom("r1", "r1", "r1", "r2");
const text = fc.constantFrom("one", "two", "three", "ärger");
const mentions = fc.oneof(
  { arbitrary: fc.constant([]), weight: 2 },
  { arbitrary: fc.subarray([...USERS, "@room"], { maxLength: 2 }), weight: 1 },
);
/** One of the newest messages, of threads too, or now and then any number. */
const target = fc.record({ back: fc.nat(8), inThread: fc.boolean(), any: fc.nat(9) });
type Target = typeof target extends fc.Arbitrary<infer Of> ? Of : never;
/** Who does it: mostly whoever wrote the message. */
const by = maybe(user);
/** Whether the rights are asked. */
const asks = fc.boolean();

export const talk = [
  step(
    "say",
    6,
    fc.record({
      room,
      by: user,
      text,
      clientId: fc.nat(200),
      mentions,
      thread: maybe(target),
      replyTo: maybe(target),
    }),
    async ({ room: where, by: who, text: said, clientId, ...place }, store, { ids }) => {
      const thread = place.thread ? await find(store, where, place.thread) : null;
      const replyTo = place.replyTo ? await find(store, where, place.replyTo) : null;
      const isPlain = !thread && !replyTo && place.mentions.length === 0;
      const more = {
        thread: thread?.thread ?? thread?.seq ?? null,
        replyTo: replyTo?.seq ?? null,
        mentions: place.mentions,
      };
      const draft = posting(where, who, said, `c${clientId}`, isPlain ? {} : more);
      return store.append({ ...draft, id: ids.id() });
    },
  ),
  step(
    "edit",
    2,
    fc.record({ room, by, target, text, mentions, asks }),
    async ({ room: where, target: of, by: who, asks: is, ...change }, store, { ids }) => {
      const { seq, by: author } = await find(store, where, of);
      const draft = editDraft(ids, roomId(where), (who ?? author) as UserId, {
        target: seq,
        ...change,
      });
      return store.append(asked(draft, is));
    },
  ),
  step(
    "delete",
    2,
    fc.record({ room, by, target, asks }),
    async ({ room: where, target: of, by: who, asks: is }, store, { ids }) => {
      const { seq, by: author, thread } = await find(store, where, of);
      const draft = deleteDraft(ids, roomId(where), (who ?? author) as UserId, {
        target: seq,
        thread,
      });
      return store.append(asked(draft, is));
    },
  ),
  step(
    "react",
    2,
    fc.record({ room, by: user, target, emoji: fc.constantFrom("👍", "🎉"), on: fc.boolean() }),
    async ({ room: where, target: of, by: who, ...change }, store, { ids }) => {
      const { seq } = await find(store, where, of);
      const what = { target: seq, ...change };
      return store.append(reactDraft(ids, roomId(where), who as UserId, what));
    },
  ),
  step(
    "pin",
    1,
    fc.record({ room, by: user, target, on: fc.boolean() }),
    async ({ room: where, target: of, by: who, on }, store, { ids }) => {
      const { seq } = await find(store, where, of);
      return store.append(pinDraft(ids, roomId(where), who as UserId, { target: seq, on }));
    },
  ),
  step(
    "clear",
    1,
    fc.record({ room, by: user, asks: fc.constant(false) }),
    ({ room: where, by: who, asks: is }, store, { ids }) =>
      store.append(asked(clearDraft(ids, roomId(where), who as UserId), is)),
  ),
  step(
    "mark",
    4,
    fc.record({ room, user, left: fc.nat(12), back: fc.boolean(), thread: maybe(target) }),
    async ({ room: where, user: who, left, back, thread: of }, store) => {
      const root = of ? await find(store, where, of) : null;
      const thread = root && (root.thread ?? root.seq);
      const seq = Math.max(0, (await headOf(store, where)) - left + 1);
      return store.markRead(roomId(where), who as UserId, { seq, back, thread });
    },
  ),
  step(
    "level",
    1,
    fc.record({ room, user, level: fc.constantFrom("all", "mentions", "none") }),
    ({ room: where, user: who, level }, store) =>
      store.setLevel(roomId(where), who as UserId, level),
  ),
  step("saw", 1, fc.record({ user, at: fc.nat(3) }), ({ user: who, at }, store) =>
    store.sawUser(who as UserId, at),
  ),
];

/** All that can be asked of what is said in a room, and of what it leaves unread. */
export async function lookAtTalk(store: Store, room: RoomId): Promise<unknown> {
  const { seq: head } = (await store.room(room))?.head ?? { seq: 0 };
  const numbers = Array.from({ length: head + 1 }, (_, seq) => seq);
  const windows = [
    { at: "end", limit: 3 },
    { at: "before", seq: head - 2, limit: 3 },
    { at: "after", seq: head - 5, limit: 3 },
    { at: "around", seq: head - 4, limit: 5 },
    { at: "after", seq: 0, limit: limits.pageMax },
  ] as const;
  const users = USERS as UserId[];
  const pages = (thread: number | null) =>
    Promise.all(windows.map((window) => store.messages(room, { ...window, thread })));
  const messages = await Promise.all(numbers.map((seq) => store.message(room, seq)));
  const all = messages.flatMap((message) => toMessage(message) ?? []);
  // Of what was trimmed replies may be left.
  const roots = new Set(all.flatMap(({ seq, thread, replies }) => thread ?? (replies ? seq : [])));
  const changed = all.filter(({ editedAt, deletedAt }) => editedAt !== null || deletedAt !== null);
  return {
    messages,
    main: await pages(null),
    threads: await Promise.all([...roots, head].map(pages)),
    edits: await Promise.all(changed.map(({ seq }) => store.edits(room, seq))),
    pins: await store.pins(room),
    reads: await store.reads(room),
    readings: await Promise.all(users.map((user) => store.readings(user, [room]))),
    followed: await Promise.all(users.map((user) => store.threads(room, user, 9))),
    named: (await store.membersNamed(room, { ids: USERS, usernames: ["TEA.time", "x"] }))
      .map(({ id }) => id)
      .sort(),
  };
}

/** What is unread, for everybody, as an engine tells it that may remember what it told before. */
export async function lookAtReading(store: Store): Promise<unknown> {
  const users = USERS as UserId[];
  const followed = (user: UserId) => store.threads(roomId("r1"), user, 3).catch(() => "gone");
  return {
    readings: await Promise.all(ROOMS.map((room) => store.readingsIn(roomId(room), users))),
    threads: await Promise.all(users.map(followed)),
  };
}

async function find(store: Store, where: string, { back, inThread, any }: Target) {
  const nothing = { seq: any, by: "ann", thread: null };
  const room = await store.room(where);
  if (room === null || any === 0) return nothing;
  const newest = { at: "end", limit: back + 1 } as const;
  const main = await store.messages(roomId(where), { ...newest, thread: null });
  const found = toMessage(main.messages[0]);
  if (found === null || !inThread || found.replies === undefined) return found ?? nothing;
  const replies = await store.messages(roomId(where), { ...newest, thread: found.seq });
  return toMessage(replies.messages.at(-1)) ?? found;
}

const toMessage = (event: { json: string } | undefined | null) =>
  event ? (JSON.parse(event.json) as Message) : null;

const headOf = async (store: Store, where: string) => (await store.room(where))?.head.seq ?? 0;

const asked = (draft: Draft, is: boolean): Draft => (is ? draft : { ...draft, needs: null });
