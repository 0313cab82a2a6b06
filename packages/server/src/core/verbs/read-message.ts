import { fail, parseSeq, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { enter } from "../place.ts";
import type { Store } from "../ports.ts";

/** One message, as JSON. */
export async function readMessage(
  { store }: { readonly store: Store },
  actor: Actor,
  { room, seq }: { room: string; seq: string },
): Promise<Result<string>> {
  const entered = await enter(store, actor, "read", room);
  if (!entered.ok) return entered;
  const number = parseSeq(seq);
  const event = number === null ? null : await store.message(entered.value.id, number);
  return event === null
    ? fail("message_not_found", "There is no message with this number in the room.")
    : succeed(messageText(event.json));
}
