import type { Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { clearDraft } from "../draft.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore } from "../ports.ts";
import { settled } from "../settled.ts";

/** Erases all that was said before its event. */
export async function clearRoom(
  world: PlaceWorld & { readonly store: Pick<LogStore, "append">; readonly ids: Ids },
  actor: Actor,
  { room: id }: { room: string },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "clear", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  return settled(world.store.append(clearDraft(world.ids, room.id, actor.user.id)));
}
