import { succeed, type Member, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter } from "../place.ts";
import type { Store } from "../ports.ts";

export async function listMembers(
  { store }: { readonly store: Store },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<Member[]>> {
  const entered = await enter(store, actor, "read", room);
  return entered.ok ? succeed(await store.members(entered.value.id)) : entered;
}
