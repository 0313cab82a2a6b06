import { fail, succeed, type Member, type Result, type Role, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { leaveDraft, roleDraft } from "../draft.ts";
import type { Draft, Ids, Store } from "../ports.ts";

interface World {
  readonly store: Pick<Store, "roomsFor" | "eraseUser" | "members" | "append">;
  readonly ids: Ids;
}

export async function eraseMe(world: World, actor: Actor): Promise<Result<null>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to erase your account.");
  await eraseEverywhere(world, actor.user.id);
  return succeed(null);
}

/** They leave every room, and their name goes everywhere. What was said stays, by nobody. */
export async function eraseEverywhere(world: World, user: UserId): Promise<void> {
  await world.store.eraseUser(user, await goodbyes(world, user));
  // Rooms they came into meanwhile, or were left alone to run. From now on they come into none,
  // but whoever was to run a room after them may have gone as well.
  for (let round = 0; round < ROUNDS; round++) {
    const left = await goodbyes(world, user);
    if (left.length === 0) return;
    for (const goodbye of left) await world.store.append(goodbye);
  }
  throw new Error("somebody who was erased is in a room still");
}

const ROUNDS = 5;

async function goodbyes({ store, ids }: World, user: UserId): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const { id } of await store.roomsFor(user, "mine")) {
    const heir = heirOf(user, await store.members(id));
    if (heir) drafts.push(roleDraft(ids, id, heir.user, "owner", user));
    drafts.push(leaveDraft(ids, id, { id: user, name: "" }));
  }
  return drafts;
}

/** Who runs a room after its only owner: a moderator, else a member, else anybody; the longest there. */
function heirOf(user: UserId, members: readonly Member[]): Member | undefined {
  const others = members.filter((member) => member.user.id !== user);
  const owned =
    members.length > others.length && isOwner(members.find((one) => one.user.id === user));
  if (!owned || others.some(isOwner)) return undefined;
  const byRole = (role: Role) => others.find((member) => member.role === role);
  return byRole("moderator") ?? byRole("member") ?? others[0];
}

function isOwner(member: Member | undefined): boolean {
  return member?.role === "owner";
}
