import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, notThere, type PlaceWorld } from "../place.ts";
import type { LogStore } from "../ports.ts";

/** What a message said before it was edited. */
export async function readEdits(
  { store, clock }: PlaceWorld & { readonly store: Pick<LogStore, "edits" | "message"> },
  actor: Actor,
  { room: id, seq }: { room: string; seq: number },
): Promise<Result<{ text: string; at: number }[]>> {
  const entered = await enter({ store, clock }, actor, "read", id);
  if (!entered.ok) return entered;
  const { room } = entered.value;
  if ((await store.message(room.id, seq)) === null) return notThere;
  return succeed(await store.edits(room.id, seq));
}
