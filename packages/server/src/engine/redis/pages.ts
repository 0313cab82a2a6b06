import type { MessagePage, Window } from "../../core/ports.ts";
import { above, below, lastOf, replyEntries } from "./entries.ts";
import { isStored, type RoomLook } from "./look.ts";

/** Bytes of the bitmap that are looked at first, and at most at once; each tells of eight numbers. */
const FIRST_BYTES = 64;
const MOST_BYTES = 8_192;

/** A page of messages as they are now. */
export async function page(room: RoomLook, window: Window): Promise<MessagePage> {
  const { limit, thread } = window;
  const older = (to: number, most: number) =>
    thread === null ? mainBelow(room, to, most) : repliesBelow(room, thread, to, most);
  const newer = (from: number, most: number) =>
    thread === null ? mainAbove(room, from, most) : repliesAbove(room, thread, from, most);
  const seqs = await (async () => {
    switch (window.at) {
      case "end":
        return older(room.head.seq + 1, limit);
      case "before":
        return older(window.seq, limit);
      case "after":
        return newer(window.seq, limit);
      case "around": {
        const half = Math.floor(limit / 2);
        const [before, after] = await Promise.all([
          older(window.seq, half),
          newer(window.seq - 1, limit - half),
        ]);
        return [...before, ...after];
      }
    }
  })();
  const [found, next] = await Promise.all([
    room.messages(seqs),
    seqs.length === 0 ? [] : newer(seqs.at(-1) ?? 0, 1),
  ]);
  const last = seqs.at(-1);
  const isComplete = last === undefined ? window.at !== "before" : next.length === 0;
  const { id, seq } = isComplete ? room.head : room.base;
  const messages = found.filter(isStored);
  const unreadable = found.filter((one) => typeof one === "number");
  const lastId = messages.at(-1)?.seq === last ? messages.at(-1)?.id : "-";
  return {
    epoch: room.kept.epoch,
    messages,
    unreadable,
    until: isComplete || last === undefined ? { seq, id } : { seq: last, id: lastId ?? "-" },
    head: room.head.seq,
  };
}

/** The last of the main line before this number, in their order. */
async function mainBelow(room: RoomLook, to: number, most: number): Promise<number[]> {
  const { base, head, keys } = room;
  const found: number[] = [];
  let end = Math.min(to, head.seq + 1);
  let width = FIRST_BYTES;
  while (found.length < most && end - 1 > base.seq) {
    const lastByte = (end - 1) >> 3;
    const firstByte = Math.max((base.seq + 1) >> 3, lastByte - width + 1);
    const bytes = await room.bits(keys.main, firstByte, lastByte);
    for (let seq = end - 1; seq >= Math.max(firstByte * 8, base.seq + 1); seq--) {
      if (!isSet(bytes, seq - firstByte * 8)) continue;
      found.unshift(seq);
      if (found.length === most) break;
    }
    end = firstByte * 8;
    width = Math.min(width * 4, MOST_BYTES);
  }
  return found;
}

async function mainAbove(room: RoomLook, from: number, most: number): Promise<number[]> {
  const { base, head, keys } = room;
  const found: number[] = [];
  let begin = Math.max(from, base.seq) + 1;
  let width = FIRST_BYTES;
  while (found.length < most && begin <= head.seq) {
    const firstByte = begin >> 3;
    const lastByte = Math.min(head.seq >> 3, firstByte + width - 1);
    const bytes = await room.bits(keys.main, firstByte, lastByte);
    for (let seq = begin; seq <= Math.min(lastByte * 8 + 7, head.seq); seq++) {
      if (!isSet(bytes, seq - firstByte * 8)) continue;
      found.push(seq);
      if (found.length === most) break;
    }
    begin = (lastByte + 1) * 8;
    width = Math.min(width * 4, MOST_BYTES);
  }
  return found;
}

const isSet = (bytes: Buffer, bit: number) =>
  (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;

/** A thread is its replies, and before them the message that began it. */
async function repliesBelow(
  room: RoomLook,
  thread: number,
  to: number,
  most: number,
): Promise<number[]> {
  if (most === 0) return [];
  const [from, end] = below(replyEntries(thread), to);
  const [entries] = await room.all([
    ["ZREVRANGEBYLEX", room.keys.entries, end, from, "LIMIT", "0", String(most)],
  ]);
  const replies = (entries as string[])
    .toReversed()
    .map(lastOf)
    .filter((seq) => seq > room.base.seq);
  const root = thread < to && replies.length < most ? await rootOf(room, thread) : [];
  return [...root, ...replies];
}

async function repliesAbove(
  room: RoomLook,
  thread: number,
  from: number,
  most: number,
): Promise<number[]> {
  const root = thread > from && most > 0 ? await rootOf(room, thread) : [];
  const left = most - root.length;
  if (left <= 0) return root;
  const range = above(replyEntries(thread), Math.max(from, room.base.seq));
  const [entries] = await room.all([
    ["ZRANGEBYLEX", room.keys.entries, ...range, "LIMIT", "0", String(left)],
  ]);
  return [...root, ...(entries as string[]).map(lastOf)];
}

async function rootOf(room: RoomLook, thread: number): Promise<number[]> {
  if (thread <= room.base.seq || thread > room.head.seq) return [];
  const [bit] = await room.all([["GETBIT", room.keys.main, String(thread)]]);
  return bit === 1 ? [thread] : [];
}
