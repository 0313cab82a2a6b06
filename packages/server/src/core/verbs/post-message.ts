import { fail, succeed, type Result, type RoomId, type UserId } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { messageText, postedBody, type NamedFile } from "../event-text.ts";
import { whomItMentions, type MentionWorld } from "../mentions.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Appended, FileStore, Ids, LogStore, RoomStore } from "../ports.ts";
import type { Rates } from "../rates.ts";
import type { Settling } from "../settled.ts";

export interface Posted {
  /** The message as JSON. */
  readonly message: string;
  /** The same was sent before; this is that first message. */
  readonly repeated: boolean;
}

type World = PlaceWorld &
  MentionWorld & {
    readonly store: Pick<LogStore & FileStore & RoomStore, "append" | "file" | "mayPost">;
    readonly ids: Ids;
    readonly rates: Rates;
  };

export interface NewMessage {
  readonly room: string;
  readonly clientId: string;
  readonly text: string;
  readonly replyTo?: number | null;
  readonly thread?: number | null;
  /** Ids. */
  readonly files?: readonly string[];
}

export async function postMessage(
  world: World,
  actor: Actor,
  { room, clientId, text, replyTo = null, thread = null, files = [] }: NewMessage,
): Promise<Result<Settling<Posted>>> {
  const by = actor.user.id;
  const id = room as RoomId;
  if (!isRemembered(world, actor, id)) {
    const entered = await enter(world, actor, "post", id);
    if (!entered.ok) return entered;
  }
  // Counted for those alone who may send here: nobody else can use up a room's share.
  const refused = world.rates.refuse("roomSends", id);
  if (refused !== null) return refused;
  const mentions = await whomItMentions(world, id, by, text);
  const named = files.length === 0 ? [] : await filesNamed(world, files, by, id);
  const around = { replyTo, thread, mentions, files: named };
  const isPlain =
    replyTo === null && thread === null && mentions.length === 0 && files.length === 0;
  const appended = world.store.append({
    room: id,
    id: world.ids.id(),
    type: "message.posted",
    by,
    needs: "post",
    clientId,
    body: postedBody(by, clientId, text, around),
    effect: isPlain ? null : { kind: "post", ...around, files },
  });
  return succeed({ outcome: posted(world, actor, id, appended) });
}

/** Whether they may post here, as far as is remembered. */
function isRemembered({ store }: World, actor: Actor, room: RoomId): boolean {
  const can = canIn(actor, room);
  return (can === "all" || can === "post") && store.mayPost(room, actor.user.id);
}

async function posted(
  world: World,
  actor: Actor,
  room: RoomId,
  appending: Promise<Appended>,
): Promise<Result<Posted>> {
  const appended = await appending;
  if (appended.kind === "refused") {
    const entered = await enter(world, actor, "post", room);
    if (!entered.ok) return entered;
  }
  return toPosted(appended);
}

/** Whether they may be posted, the store decides in its step: a repeat names what is held already. */
async function filesNamed(
  { store }: World,
  ids: readonly string[],
  by: UserId,
  room: RoomId,
): Promise<NamedFile[]> {
  const records = await Promise.all(ids.map((id) => store.file(id)));
  return records.map((record, index) =>
    record?.by === by && record.room === room ? record.file : { id: ids[index] ?? "" },
  );
}

function toPosted(appended: Appended): Result<Posted> {
  switch (appended.kind) {
    case "stored":
    case "repeated": {
      const repeated = appended.kind === "repeated";
      return succeed({ message: messageText(appended.event.json), repeated });
    }
    case "conflict":
      return fail(
        "client_id_conflict",
        "This clientId was used for another message; take a new one.",
        { field: "clientId" },
      );
    case "refused":
      return refusal(appended);
    case "unchanged":
      throw new Error("a message has no effect that could be there already");
  }
}
