import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { deleteDraft } from "../draft.ts";
import { enterMessage, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore } from "../ports.ts";
import { settled, type Settling } from "../settled.ts";

/** Takes away what a message said, one's own or, for who runs the room, anybody's. Its place stays. */
export async function deleteMessage(
  world: PlaceWorld & {
    readonly store: Pick<LogStore, "append" | "message">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room: id, seq }: { room: string; seq: number },
): Promise<Result<Settling<null>>> {
  const entered = await enterMessage(world, actor, "delete", { room: id, seq });
  if (!entered.ok) return entered;
  const { room, message } = entered.value;
  const draft = deleteDraft(world.ids, room.id, actor.user.id, {
    target: seq,
    thread: message.thread,
  });
  return succeed({ outcome: settled(world.store.append(draft)) });
}
