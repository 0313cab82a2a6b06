import {
  fail,
  limits,
  succeed,
  type CreateRoom,
  type Result,
  type Room,
  type RoomId,
  type User,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { joinDraft } from "../draft.ts";
import type { Ends } from "../ends.ts";
import { find, toRoom, type PlaceWorld } from "../place.ts";
import type { Clock, Ids, Store } from "../ports.ts";

export interface CreatedRoom {
  readonly room: Room;
  /** The direct room of these people was there before. */
  readonly existed: boolean;
}

/** A new room, its maker its owner; or the direct room that these people have already. */
export async function createRoom(
  world: PlaceWorld & {
    readonly store: Pick<Store, "addRoom" | "users" | "acquainted">;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly ends: Pick<Ends, "look">;
  },
  actor: Actor,
  wish: CreateRoom,
): Promise<Result<CreatedRoom>> {
  if (actor.scope !== null) return fail("forbidden", "This token is not good for making rooms.");
  const misfit = unfit(wish);
  if (misfit) return fail("invalid_request", misfit.detail, { field: misfit.field });
  const others = await peopleOf(world, actor, wish.with ?? []);
  if (!others.ok) return others;
  const { ids, clock, store } = world;
  const { kind, name = "", topic = "", ttl = limits.ttlDefault, capacity = null } = wish;
  const people = [actor.user, ...others.value];
  const id = ids.id() as RoomId;
  const now = clock.now();
  const added = await store.addRoom(
    {
      id,
      kind,
      name,
      topic,
      createdAt: now,
      createdBy: actor.user.id,
      epoch: ids.id().slice(0, 12),
      expiresAt: kind === "ephemeral" ? now + ttl * 1_000 : null,
      capacity,
      directKey:
        kind === "direct"
          ? ids.hash(
              people
                .map((user) => user.id)
                .sort()
                .join(" "),
            )
          : null,
    },
    people.map((user) => joinDraft(ids, id, user, { by: actor.user.id, role: "owner" })),
  );
  if (added.kind === "name_taken") {
    return fail("name_taken", "Another public room has this name. Choose another, or join it.", {
      field: "name",
    });
  }
  if (kind === "ephemeral") await world.ends.look();
  const room = await find(world, added.kind === "exists" ? added.id : id);
  return room.ok ? succeed({ room: toRoom(room.value), existed: added.kind === "exists" }) : room;
}

/** What this kind of room must or cannot have. */
function unfit(wish: CreateRoom): { field: keyof CreateRoom; detail: string } | null {
  const { kind } = wish;
  const says = (field: keyof CreateRoom, detail: string) => ({ field, detail });
  if (kind === "public" && wish.name === undefined)
    return says("name", "A public room needs a name.");
  if (kind === "direct" && wish.with === undefined)
    return says("with", "A direct room needs somebody to be with.");
  if (kind !== "direct" && wish.with !== undefined)
    return says("with", "Only a direct room is made with people; invite or add them to others.");
  if (kind !== "ephemeral" && wish.ttl !== undefined)
    return says("ttl", "Only an ephemeral room ends by itself.");
  if (kind === "direct" && wish.capacity !== undefined)
    return says("capacity", "A direct room has as many places as people.");
  return null;
}

/** Only people whom one may know of: else the answer would tell who is here. */
async function peopleOf(
  { store }: { readonly store: Pick<Store, "users" | "acquainted"> },
  actor: Actor,
  ids: readonly string[],
): Promise<Result<User[]>> {
  const others = [...new Set(ids)].filter((id) => id !== actor.user.id);
  if (ids.length > 0 && others.length === 0)
    return fail("invalid_request", "A direct room needs somebody else.", { field: "with" });
  const found = await store.users(others);
  for (const user of found) {
    const known = user.username !== undefined || (await store.acquainted(actor.user.id, user.id));
    if (!known) return nobody;
  }
  return found.length === others.length ? succeed(found) : nobody;
}

const nobody = fail("user_not_found", "Somebody named in with is not here, or not known to you.", {
  field: "with",
});
