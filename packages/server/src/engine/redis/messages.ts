import { fold, type Event, type Message } from "@snug/protocol";
import { isReadable } from "../../core/event-text.ts";
import { checkChange, fileNotFound, notFound } from "../../core/message-change.ts";
import type { Draft, MessageEffect, Refused, StoredEvent } from "../../core/ports.ts";
import { redacted } from "../../core/redaction.ts";
import {
  editEntries,
  editEntry,
  entriesOf,
  lastOf,
  PIN_ENTRIES,
  pinEntry,
  within,
} from "./entries.ts";
import { areFree, hold, lose } from "./files.ts";
import { chunkOf, fromLine, toLine, type RoomStep } from "./room.ts";

type Changing = Exclude<MessageEffect, { kind: "clear" }>;
type Verdict = Refused | { kind: "unchanged" } | null;

/** The message at `seq` as this step finds and leaves it, if it is there and can be read. */
export function messageAt(room: RoomStep, seq: number): Promise<Message | null> {
  return room.step.once(`message ${room.id} ${seq}`, async () => {
    const [event, [now]] = await Promise.all([
      eventAt(room, seq),
      room.step.get(room.keys.now, String(seq)),
    ]);
    return event === null ? null : toMessage(now ?? event, seq);
  });
}

/** Why this may not happen, or that it is so already; `null`: it may. */
export async function checkMessage(
  room: RoomStep,
  draft: Draft,
  effect: Changing,
  isRepeat: () => Promise<boolean>,
): Promise<Verdict> {
  room.watchMessages();
  if (effect.kind === "post") return checkPost(room, draft, effect, isRepeat);
  const message = await messageAt(room, effect.target);
  if (message === null) return notFound;
  const counted = { edit: editEntries(effect.target), pin: PIN_ENTRIES, react: null, delete: null };
  const entries = counted[effect.kind];
  const range = entries === null ? null : within(entries);
  const count = range && Number(await room.step.read("ZLEXCOUNT", room.keys.entries, ...range));
  return checkChange(message, effect, draft.by, {
    pins: () => count ?? 0,
    edits: () => count ?? 0,
  });
}

/** What `checkMessage` had nothing against, by the event that says so. */
export async function applyMessage(
  room: RoomStep,
  effect: Changing,
  stored: StoredEvent,
): Promise<void> {
  const { step, keys } = room;
  const event = JSON.parse(stored.json) as Event;
  room.changes("m");
  switch (effect.kind) {
    case "post":
      if (event.type === "message.posted") await post(room, effect, event);
      return;
    case "edit": {
      step.write("ZADD", keys.entries, "0", editEntry(effect.target, stored.seq));
      const message = await change(room, effect.target, event);
      const thread = message.thread ?? (message.replies ? message.seq : null);
      // Nobody follows a thread whose beginning was erased.
      if (thread !== null && (await messageAt(room, thread)) !== null)
        for (const user of effect.mentions) await follow(room, user, thread, null);
      return;
    }
    case "delete": {
      const before = await messageAt(room, effect.target);
      const message = await change(room, effect.target, event);
      if (message.thread !== null && (await messageAt(room, message.thread)) !== null)
        await change(room, message.thread, event);
      if (message.thread === null) uncount(room, message);
      if (before?.pinned) await unpin(room, effect.target);
      await redact(room, effect.target, message.deletedAt ?? 0);
      const held = before?.files.map(({ id }) => id as string) ?? [];
      await lose(step, held, ({ room: where, seq }) => where === room.id && seq === effect.target);
      return;
    }
    case "react":
      await change(room, effect.target, event);
      return;
    case "pin":
      await change(room, effect.target, event);
      if (effect.on) step.write("ZADD", keys.entries, "0", pinEntry(stored.seq, effect.target));
      else await unpin(room, effect.target);
  }
}

/** A plain message among others, for who was not found to be a member: see posts.ts. */
export async function countPost(room: RoomStep, { seq, by }: Message): Promise<void> {
  const { step, keys } = room;
  step.write("SETBIT", keys.main, String(seq), "1");
  step.write("SETBIT", keys.counted, String(seq), "1");
  if ((await room.member(by)) !== null) step.write("ZADD", keys.own(by), String(seq), String(seq));
}

/** Takes files that are gone out of a message. */
export async function emptyOfFiles(room: RoomStep, seq: number): Promise<void> {
  const message = await messageAt(room, seq);
  const event = await eventAt(room, seq);
  if (message === null || event === null) return;
  room.changes("m");
  const emptied = (json: string) => JSON.stringify({ ...(JSON.parse(json) as Message), files: [] });
  await rewrite(room, seq, emptied);
  const [now] = await room.step.get(room.keys.now, String(seq));
  if (now !== null && now !== undefined) room.step.set(room.keys.now, String(seq), emptied(now));
}

/** Puts another text in the place of an event's, where it can be read. */
export async function rewrite(
  room: RoomStep,
  seq: number,
  change: (json: string) => string,
): Promise<void> {
  if (seq <= room.base.seq) return;
  const { step, keys } = room;
  const [key, index] = [keys.chunk(chunkOf(seq)), String(room.indexOf(seq))];
  const text = (await step.read("LINDEX", key, index)) as string | null;
  if (text === null) return;
  const line = toLine(text);
  if (parse(line.json) === null) return;
  step.write("LSET", key, index, fromLine({ ...line, json: change(line.json) }));
}

/** The event of this number, if it was not trimmed. */
export async function eventAt(room: RoomStep, seq: number): Promise<string | null> {
  if (seq <= room.base.seq || seq > room.head.seq) return null;
  const text = await room.step.read(
    "LINDEX",
    room.keys.chunk(chunkOf(seq)),
    String(room.indexOf(seq)),
  );
  return text === null ? null : toLine(text as string).json;
}

async function checkPost(
  room: RoomStep,
  { by }: Draft,
  { replyTo, thread, files }: Extract<Changing, { kind: "post" }>,
  isRepeat: () => Promise<boolean>,
): Promise<Verdict> {
  const there = async (seq: number) => {
    const message = await messageAt(room, seq);
    return message?.deletedAt === null ? message : null;
  };
  const isFit =
    (replyTo === null || (await there(replyTo)) !== null) &&
    (thread === null || (await there(thread))?.thread === null);
  const why = !isFit ? notFound : (await areFree(room, by, files)) ? null : fileNotFound;
  // A repeat is known as one whatever became of what it answered, and its files are held by the first.
  return why === null || (await isRepeat()) ? null : why;
}

async function post(
  room: RoomStep,
  { mentions, files }: Extract<Changing, { kind: "post" }>,
  event: Message & Event,
): Promise<void> {
  const { seq, by, thread } = event;
  await hold(room.step, files, seq);
  put(room, null, event);
  if (thread === null) return countPost(room, event);
  const before = await messageAt(room, thread);
  await change(room, thread, event);
  if (before !== null && before.replies === undefined) {
    await follow(room, before.by, thread, thread);
    for (const user of before.mentions ?? []) await follow(room, user, thread, null);
  }
  await follow(room, by, thread, seq);
  for (const user of mentions) await follow(room, user, thread, null);
}

/** The message as it is after this. */
async function change(room: RoomStep, target: number, event: Event): Promise<Message> {
  const before = await messageAt(room, target);
  if (before === null) throw new Error(`message ${target} was not checked`);
  const after = fold(before, event);
  put(room, before, after);
  room.step.set(room.keys.now, String(target), JSON.stringify(after));
  return after;
}

/** What is looked for follows what the message is. */
function put(room: RoomStep, before: Message | null, after: Message): void {
  const { step, keys } = room;
  const [had, has] = [before ? entriesOf(before) : [], entriesOf(after)];
  const gone = had.filter((entry) => !has.includes(entry));
  const come = has.filter((entry) => !had.includes(entry));
  step.writeAll("ZREM", keys.entries, gone);
  step.writeAll(
    "ZADD",
    keys.entries,
    come.flatMap((entry) => ["0", entry]),
    2,
  );
  step.make(`message ${room.id} ${after.seq}`, after);
}

function uncount({ step, keys }: RoomStep, { seq, by }: Message): void {
  step.write("SETBIT", keys.counted, String(seq), "0");
  step.write("ZREM", keys.own(by), String(seq));
}

/** A member may follow this thread from now on: for what they wrote there, or for a mention. */
async function follow(
  room: RoomStep,
  user: string,
  thread: number,
  own: number | null,
): Promise<void> {
  const member = await room.member(user);
  if (member === null) return;
  const key = room.keys.member(user);
  const [text] = await room.step.watch(key, threadField(thread));
  const known = toFollowed(text ?? null);
  const counts = own !== null && own > member.joined ? own : null;
  if (known !== null && (counts === null || known.own !== null)) return;
  const followed: Followed = { own: known?.own ?? counts, mark: known?.mark ?? null };
  room.step.set(key, threadField(thread), JSON.stringify(followed));
}

/** How a member stands to a thread: their first word there (or the whole of it), and up to where they read. */
export interface Followed {
  readonly own: number | null;
  readonly mark: number | null;
}

const THREAD = "t:";
export const threadField = (thread: number) => `${THREAD}${thread}`;
export const threadOf = (field: string) =>
  field.startsWith(THREAD) ? Number(field.slice(THREAD.length)) : null;
export const toFollowed = (json: string | null) =>
  json === null ? null : (JSON.parse(json) as Followed);

async function unpin({ step, keys }: RoomStep, target: number): Promise<void> {
  const pins = await step.list("ZRANGEBYLEX", keys.entries, ...within(PIN_ENTRIES));
  for (const pin of pins) if (lastOf(pin) === target) step.write("ZREM", keys.entries, pin);
}

/** Takes the words of a message out of all events that carried them. */
async function redact(room: RoomStep, target: number, at: number): Promise<void> {
  const { step, keys } = room;
  const edits = await step.list("ZRANGEBYLEX", keys.entries, ...within(editEntries(target)));
  await Promise.all(
    [target, ...edits.map(lastOf)].map((seq) => rewrite(room, seq, (json) => redacted(json, at))),
  );
}

/** What is stored of a message; `null`: it is none, or it cannot be read. */
export function toMessage(json: string, seq: number): (Message & Event) | null {
  const message = parse<Message & Event>(json);
  if (message?.type !== "message.posted") return null;
  return isReadable(json, { seq, id: message.id }) ? message : null;
}

export function parse<Of = unknown>(json: string): Of | null {
  try {
    return JSON.parse(json) as Of;
  } catch {
    return null;
  }
}
