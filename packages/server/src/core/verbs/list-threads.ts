import { limits, succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText } from "../event-text.ts";
import { peopleIn } from "../people-in.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { PeopleStore, ReadStore } from "../ports.ts";

export interface FollowedThread {
  readonly seq: number;
  /** The message that began it, as JSON; `null` where it cannot be read. */
  readonly message: string | null;
  readonly read: number;
  readonly unread: number;
}

/** The threads that one follows, the one with the newest reply first. */
export async function listThreads(
  world: PlaceWorld & { readonly store: Pick<ReadStore, "threads"> & Pick<PeopleStore, "users"> },
  actor: Actor,
  { room }: { room: string },
): Promise<Result<{ threads: readonly FollowedThread[]; users: Record<string, User> }>> {
  const entered = await enter(world, actor, "read", room);
  if (!entered.ok) return entered;
  const { store } = world;
  const found = await store.threads(entered.value.room.id, actor.user.id, limits.pageMax);
  const threads = found.map(({ root, ...more }) => ({
    ...more,
    message: root && messageText(root.json),
  }));
  const users = await peopleIn(
    store,
    threads.flatMap(({ message }) => message ?? []),
  );
  return succeed({ threads, users });
}
