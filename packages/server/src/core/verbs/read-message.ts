import { fail, parseSeq, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { LogStore } from "../ports.ts";

/** One message, as JSON. */
export async function readMessage(
  world: PlaceWorld & { readonly store: Pick<LogStore, "message"> },
  actor: Actor,
  { room, seq }: { room: string; seq: string },
): Promise<Result<string>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const number = parseSeq(seq);
  const event = number === null ? null : await world.store.message(entered.value.room.id, number);
  return event === null
    ? fail("message_not_found", "There is no message with this number in the room.")
    : succeed(messageText(event.json));
}
