import { fail, succeed, type Result, type Room } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import { joinDraft } from "../draft.ts";
import { enter, find, refusal, toRoom, type PlaceWorld } from "../place.ts";
import type { Ids, RoomRecord, Store } from "../ports.ts";
import { wasReader } from "../was-reader.ts";

/** Into a public room, an ephemeral one whose link one has, or where an invite leads. */
export async function joinRoom(
  world: PlaceWorld & {
    readonly store: Pick<Store, "append" | "invite" | "lastAbout">;
    readonly ids: Ids;
  },
  actor: Actor,
  { room: id, invite }: { room: string; invite?: string | undefined },
): Promise<Result<Room>> {
  const { store, ids } = world;
  const hash = invite === undefined ? null : ids.hash(invite);
  const led = hash === null ? null : await store.invite(hash);
  const leadsHere = led !== null && led.room === id;
  const found: Result<RoomRecord> = leadsHere
    ? await allowedByInvite(world, actor, id)
    : await allowedByKind(world, actor, id);
  if (!found.ok) return found;
  const mayOnlyRead =
    (leadsHere && led.can === "read") || (await wasReader(store, found.value.id, actor.user.id));
  const role = mayOnlyRead ? "reader" : "member";
  const joined = await store.append(
    joinDraft(ids, found.value.id, actor.user, { role, invite: leadsHere ? hash : null }),
  );
  if (joined.kind === "refused") return refusal(joined);
  const after = await find(world, id);
  return after.ok ? succeed(toRoom(after.value)) : after;
}

async function allowedByKind(world: PlaceWorld, actor: Actor, id: string) {
  const entered = await enter(world, actor, "join", id);
  return entered.ok ? succeed(entered.value.room) : entered;
}

/** An invite opens what is hidden, and nothing else: bans, ends and places count as ever. */
async function allowedByInvite(world: PlaceWorld, actor: Actor, id: string) {
  if (canIn(actor, id) !== "all")
    return fail("forbidden", "This token is not good for joining rooms.");
  return find(world, id);
}
