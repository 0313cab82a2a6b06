import { succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { peopleIn } from "../people-in.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { LogStore, PeopleStore } from "../ports.ts";

/** The pinned messages, each as JSON, the one that was pinned last first. */
export async function listPins(
  world: PlaceWorld & { readonly store: Pick<LogStore, "pins"> & Pick<PeopleStore, "users"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<{ messages: readonly string[]; users: Record<string, User> }>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const pins = await world.store.pins(entered.value.room.id);
  const messages = pins.map(({ json }) => messageText(json));
  return succeed({ messages, users: await peopleIn(world.store, messages) });
}
