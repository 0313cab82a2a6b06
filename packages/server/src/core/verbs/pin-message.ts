import type { Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { pinDraft } from "../draft.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore } from "../ports.ts";
import { settled } from "../settled.ts";

/** Pins a message for everybody in the room, or unpins it. */
export async function pinMessage(
  world: PlaceWorld & { readonly store: Pick<LogStore, "append">; readonly ids: Ids },
  actor: Actor,
  { room: id, seq, on }: { room: string; seq: number; on: boolean },
): Promise<Result<null>> {
  const entered = await enter(world, actor, "pin", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  const draft = pinDraft(world.ids, room.id, actor.user.id, { target: seq, on });
  return settled(world.store.append(draft));
}
