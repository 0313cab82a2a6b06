import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { enter, notThere, type PlaceWorld } from "../place.ts";
import type { LogStore } from "../ports.ts";

/** One message, as JSON. */
export async function readMessage(
  world: PlaceWorld & { readonly store: Pick<LogStore, "message"> },
  actor: Actor,
  { room, seq }: { room: string; seq: number },
): Promise<Result<string>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const event = await world.store.message(entered.value.room.id, seq);
  return event === null ? notThere : succeed(messageText(event.json));
}
