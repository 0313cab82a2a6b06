import { GENERAL, type RoomId, type UserId } from "../packages/protocol/src/index.ts";
import { joinDraft } from "../packages/server/src/core/draft.ts";
import { newDevice } from "../packages/server/src/core/new-session.ts";
import { newRoom, posting } from "../packages/server/src/fixtures.ts";
import { randomIds as ids } from "../packages/server/src/ids.ts";
import { openEmbedded, systemClock as clock } from "../packages/server/src/index.ts";

/** A person of a data folder that was filled. */
export interface Reader {
  id: UserId;
  token: string;
  /** Where they are a member. */
  rooms: RoomId[];
}

const BATCH = 5_000;
const words = Array.from({ length: 20_000 }, (_, index) => `w${(index * 7919).toString(36)}`);
/** Common words come often, as in what people write. */
const word = () => words[Math.floor(words.length ** Math.random()) - 1] ?? "";
export const rareWord = () => words[10_000 + Math.floor(Math.random() * 10_000)] ?? "";

const roomName = (index: number) => (index === 0 ? GENERAL : `room-${index}`) as RoomId;

/** Fills a data folder up to so many rooms and messages through the engine; who reads there is in 100 rooms at most. */
export async function fill(
  folder: string,
  has: { rooms: number; messages: number },
  want: { rooms: number; messages: number },
  reader: Reader | null,
): Promise<Reader> {
  const engine = await openEmbedded({ folder, clock });
  const { store } = engine;
  const added = Array.from({ length: want.rooms - has.rooms }, (_, index) =>
    roomName(has.rooms + index),
  );
  await Promise.all(added.map((room) => store.addRoom(newRoom(room))));
  const user = { id: reader?.id ?? (ids.id() as UserId), name: "Reader" };
  const rooms = reader?.rooms ?? [];
  const joined = added.slice(0, 100 - rooms.length);
  const drafts = joined.map((room) => joinDraft(ids, room, user));
  let token = reader?.token ?? "";
  if (reader) await Promise.all(drafts.map((draft) => store.append(draft)));
  else {
    const device = newDevice({ clock, ids }, "bench");
    token = device.token;
    await store.addUser({ ...user, createdAt: clock.now(), account: null }, device.session, drafts);
  }
  for (let from = has.messages; from < want.messages; from += BATCH) {
    const count = Math.min(BATCH, want.messages - from);
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => {
        const text = Array.from({ length: 12 }, word).join(" ");
        const said = posting(roomName((from + index) % want.rooms), user.id, text, null);
        // In most of the rooms nobody is a member.
        return store.append({ ...said, needs: null });
      }),
    );
    const refused = answers.find(({ kind }) => kind !== "stored");
    if (refused) throw new Error(`a message was not stored: ${refused.kind}`);
  }
  await engine.close();
  // In a flood like this the search index is left behind, and a start brings it up first: that is no start as others are.
  await (await openEmbedded({ folder, clock })).close();
  return { id: user.id, token, rooms: [...rooms, ...joined] };
}
