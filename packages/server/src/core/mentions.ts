import { limits, mentionsIn, type RoomId, type UserId } from "@snug/protocol";
import type { Roster, RoomStore } from "./ports.ts";

export interface MentionWorld {
  readonly store: Pick<RoomStore, "membersNamed">;
  readonly roster: Pick<Roster, "present">;
}

const nobody: readonly string[] = [];

/**
 * Whom a text by this user calls: ids of members, and `@room`. Of who is not in
 * the room nothing comes back, not even that they exist.
 */
export async function whomItMentions(
  world: MentionWorld,
  room: RoomId,
  by: UserId,
  text: string,
): Promise<readonly string[]> {
  // Most texts call nobody, and must not cost a look.
  if (!text.includes("@")) return nobody;
  const said = mentionsIn(text);
  const ids = said.ids.slice(0, limits.mentionsMax);
  const usernames = said.usernames.slice(0, limits.mentionsMax - ids.length);
  const present = said.here ? await world.roster.present(room) : [];
  const here = present.length <= limits.presenceMax ? present : [];
  const members = await membersOf(world, room, [...ids, ...here], usernames);
  const called = new Set(
    [...ids, ...usernames.map(asKey), ...here].flatMap((name) => members.get(name) ?? []),
  );
  called.delete(by);
  return said.room ? [...called, "@room"] : [...called];
}

/** Their ids, by what they were called by. */
async function membersOf(
  { store }: MentionWorld,
  room: RoomId,
  ids: readonly string[],
  usernames: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const byName = new Map<string, string>();
  if (ids.length + usernames.length === 0) return byName;
  for (const { id, username } of await store.membersNamed(room, { ids, usernames })) {
    byName.set(id, id);
    if (username !== undefined) byName.set(asKey(username), id);
  }
  return byName;
}

/** No id looks like it. */
function asKey(username: string): string {
  return `@${username.toLowerCase()}`;
}
