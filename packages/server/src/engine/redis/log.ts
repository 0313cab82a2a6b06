import type { Cursor } from "@snug/protocol";
import { locate } from "../../core/locate.ts";
import type { Slice, StoredEvent } from "../../core/ports.ts";
import { editEntries, lastOf, PIN_ENTRIES, within } from "./entries.ts";
import { isStored, toStored, type RoomLook } from "./look.ts";

/** Events that are read at once, until it is known how large they are. */
const STEP = 256;

/** What stands after a cursor, or why it cannot be told. */
export async function readAfter(
  room: RoomLook,
  after: Cursor | null,
  most: { events: number; bytes: number },
): Promise<Slice> {
  const { base, head } = room;
  const { epoch } = room.kept;
  const isWithin = after !== null && after.seq > base.seq && after.seq <= head.seq;
  const [line] = isWithin ? await room.lines(after.seq, after.seq) : [];
  const bounds = { epoch, base: { seq: base.seq, id: base.id }, head };
  const place = locate(bounds, after, () => (line ? toStored(line).id : null));
  const events: StoredEvent[] = [];
  let bytes = 0;
  for (let seq = place.from.seq + 1; seq <= head.seq && events.length < most.events;) {
    const last = Math.min(head.seq, seq + Math.min(STEP, most.events - events.length) - 1);
    for (const one of await room.lines(seq, last)) {
      const event = toStored(one);
      bytes += Buffer.byteLength(event.json);
      if (bytes > most.bytes && events.length > 0) return { epoch, ...place, events, head };
      events.push(event);
    }
    seq = last + 1;
  }
  if (events.length === 0) await room.all([]);
  return { epoch, ...place, events, head };
}

export async function edits(room: RoomLook, seq: number): Promise<{ text: string; at: number }[]> {
  const [[message], [entries]] = await Promise.all([
    room.messages([seq]),
    room.all([["ZRANGEBYLEX", room.keys.entries, ...within(editEntries(seq))]]),
  ]);
  if (!isStored(message ?? null)) return [];
  const { deletedAt } = JSON.parse((message as StoredEvent).json) as { deletedAt: number | null };
  if (deletedAt !== null) return [];
  const seqs = [seq, ...(entries as string[]).map(lastOf)].slice(0, -1);
  const lines = await Promise.all(seqs.map((one) => room.lines(one, one)));
  return lines.flat().flatMap((line) => {
    const { json } = toStored(line);
    const { text, at } = JSON.parse(json) as { text?: string; at?: number };
    return text === undefined || at === undefined ? [] : [{ text, at }];
  });
}

/** The one that was pinned last first. */
export async function pins(room: RoomLook): Promise<StoredEvent[]> {
  const [entries] = await room.all([["ZRANGEBYLEX", room.keys.entries, ...within(PIN_ENTRIES)]]);
  const seqs = (entries as string[]).toReversed().map(lastOf);
  return (await room.messages(seqs)).filter(isStored);
}
