import { fail, succeed, type Result, type Role, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { invitedDraft, memberDraft } from "../draft.ts";
import { enter, find, refusal, toRoom, type PlaceWorld } from "../place.ts";
import type { Ids, RoomRecord, Store } from "../ports.ts";

/** Into a public room, an ephemeral one whose link one has, or where an invite leads. */
export async function joinRoom(
  world: PlaceWorld & {
    readonly store: Pick<Store, "append" | "invite">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room: id, invite }: { room: string; invite?: string | undefined },
): Promise<Result<Room>> {
  const { store, ids } = world;
  const hash = invite === undefined ? null : ids.hash(invite);
  const led = hash === null ? null : await store.invite(hash);
  const leadsHere = led?.room === id;
  const found: Result<{ room: RoomRecord; role: Role | null }> = leadsHere
    ? await allowedByInvite(world, actor, id)
    : await enter(world, actor, "join", id);
  if (!found.ok) return found;
  const { room, role: present } = found.value;
  // Whoever is in comes in by nothing: stored after their removal it would bring them back.
  if (present !== null) return succeed(toRoom(room));
  const draft =
    leadsHere && hash !== null
      ? invitedDraft(ids, actor.user, { ...led, hash })
      : memberDraft(ids, room.id, actor.user, { needs: "join" });
  const joined = await store.append(draft);
  if (joined.kind === "refused") return refusal(joined);
  const after = await find(world, id);
  return after.ok ? succeed(toRoom(after.value)) : after;
}

/** An invite opens what is hidden, and nothing else: bans, ends and places count as ever. */
async function allowedByInvite(world: PlaceWorld, actor: Actor, id: string) {
  if (canIn(actor, id) !== "all")
    return fail("forbidden", "This token is not good for joining rooms.");
  const found = await find(world, id);
  if (!found.ok) return found;
  const { role } = await world.store.standing(found.value.id, actor.user.id);
  return succeed({ room: found.value, role });
}
