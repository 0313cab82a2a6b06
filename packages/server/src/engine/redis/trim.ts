import type { Event, Message } from "@snug/protocol";
import { aboutEntry, editEntries, entriesOf, lastOf, PIN_ENTRIES, within } from "./entries.ts";
import { lose } from "./files.ts";
import { CHUNK } from "./keys.ts";
import { parse, toMessage } from "./messages.ts";
import { chunkOf, DAY_MS, toLine, type RoomStep } from "./room.ts";

/** Of how many trims it is known when they were; of what was sent before them only that it was. */
const TRIMS_MAX = 10_000;

/** Whether the log holds anything but that it was cleared. */
export async function holdsMore(room: RoomStep): Promise<boolean> {
  room.watchMessages();
  const count = room.head.seq - room.base.seq;
  if (count !== 1) return count > 1;
  const last = await room.step.read(
    "LINDEX",
    room.keys.chunk(chunkOf(room.head.seq)),
    String(room.indexOf(room.head.seq)),
  );
  return parse<Event>(toLine(last as string).json)?.type !== "room.cleared";
}

/** Erases all that the log holds: whole keys, however much that is. */
export async function clear(room: RoomStep, now: number): Promise<void> {
  const { step, keys, head } = room;
  room.changes("m");
  const ids = await step.list("SMEMBERS", keys.files);
  await lose(step, ids, ({ seq }) => seq !== null);
  step.drop([...chunksOf(room), keys.now, keys.entries, keys.main, keys.counted]);
  rebase(room, { ...head, order: await orderAt(room, head.seq) }, now);
}

/** The lists that hold the log. */
export function chunksOf({ base, head, keys }: RoomStep): string[] {
  const chunks: string[] = [];
  for (let chunk = chunkOf(base.seq + 1); chunk <= chunkOf(head.seq); chunk++)
    chunks.push(keys.chunk(chunk));
  return chunks;
}

/**
 * Erases the oldest events up to `upTo`, or to the end of the first list: whoever
 * wants more goes on. Whether there may be more.
 */
export async function trimSome(room: RoomStep, upTo: number, now: number): Promise<boolean> {
  const { step, keys, base } = room;
  const chunk = chunkOf(base.seq + 1);
  const last = Math.min(upTo, room.head.seq, (chunk + 1) * CHUNK);
  if (last <= base.seq) return false;
  room.changes("m");
  step.isFreeing = true;
  const key = keys.chunk(chunk);
  const lines = (await step.list("LRANGE", key, "0", String(room.indexOf(last)))).map(toLine);
  const seqs = lines.map((_, index) => base.seq + 1 + index);
  const overlays = await step.get(keys.now, ...seqs.map(String));
  const own = new Set<string>();
  const entries: string[] = [];
  const files: string[] = [];
  const pins = await step.list("ZRANGEBYLEX", keys.entries, ...within(PIN_ENTRIES));
  for (const [index, { json }] of lines.entries()) {
    const seq = seqs[index] ?? 0;
    const event = parse<Event>(json);
    if (event !== null && "user" in event) entries.push(aboutEntry(event.user.id, seq));
    const message: Message | null = toMessage(overlays[index] ?? json, seq);
    if (message === null) continue;
    own.add(message.by);
    entries.push(...entriesOf(message));
    files.push(...message.files.map(({ id }) => id));
    if (message.editedAt !== null || message.deletedAt !== null)
      step.write("ZREMRANGEBYLEX", keys.entries, ...within(editEntries(seq)));
    if (message.pinned) entries.push(...pins.filter((pin) => lastOf(pin) === seq));
  }
  step.writeAll("ZREM", keys.entries, entries);
  step.writeAll("HDEL", keys.now, seqs.filter((_, index) => overlays[index] !== null).map(String));
  for (const user of own) step.write("ZREMRANGEBYSCORE", keys.own(user), "-inf", String(last));
  await lose(
    step,
    files,
    ({ room: where, seq }) => where === room.id && seq !== null && seq <= last,
  );
  if (last === (chunk + 1) * CHUNK) step.drop([key]);
  else step.write("LTRIM", key, String(lines.length), "-1");
  const { order, json } = lines.at(-1) ?? { order: 0, json: "" };
  const { id, at } = parse<{ id: string; at: number }>(json) ?? { id: room.head.id, at: room.at };
  rebase(room, { seq: last, id, order, at }, now);
  return last < upTo && last < room.head.seq;
}

/** When this event was trimmed. */
export async function trimmedAt({ step, keys }: RoomStep, seq: number): Promise<number> {
  const [found = ""] = await step.list(
    "ZRANGEBYSCORE",
    keys.trims,
    String(seq),
    "+inf",
    "LIMIT",
    "0",
    "1",
  );
  return Number(found.split(" ")[1] ?? 0);
}

async function orderAt(room: RoomStep, seq: number): Promise<number> {
  if (seq <= room.base.seq) return room.base.order;
  const text = await room.step.read(
    "LINDEX",
    room.keys.chunk(chunkOf(seq)),
    String(room.indexOf(seq)),
  );
  return text === null ? room.base.order : toLine(text as string).order;
}

function rebase(
  room: RoomStep,
  { seq, id, order, at = room.at }: { seq: number; id: string; order: number; at?: number },
  now: number,
): void {
  const { step, keys } = room;
  room.base = { seq, id, at, order };
  // As long as repeats may come of what was trimmed.
  step.write("ZADD", keys.trims, String(seq), `${seq} ${now}`);
  step.write("ZREMRANGEBYRANK", keys.trims, "0", String(-TRIMS_MAX - 1));
  step.write("EXPIRE", keys.trims, String((2 * DAY_MS) / 1_000));
}
