import type { Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter } from "../place.ts";
import type { RoomRecord, Store } from "../ports.ts";

/** The room itself, for whoever may read it: to show it, and before it is followed live. */
export async function openRoom(
  { store }: { readonly store: Store },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<RoomRecord>> {
  return enter(store, actor, "read", room);
}
