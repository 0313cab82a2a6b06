import type { RoomId, UserId } from "@snug/protocol";
import type { LogStore, StoredEvent } from "./ports.ts";

/**
 * Whether somebody was a reader when they were in the room last: going, or being
 * sent out, and coming back must not undo a mute.
 */
export async function wasReader(
  store: Pick<LogStore, "lastAbout">,
  room: RoomId,
  user: UserId,
): Promise<boolean> {
  return saysReader(await store.lastAbout(room, user));
}

/** Whether the last that somebody else made them was a reader, whatever they were by themselves since. */
export async function isMuted(
  store: Pick<LogStore, "lastAbout">,
  room: RoomId,
  user: UserId,
): Promise<boolean> {
  return saysReader(await store.lastAbout(room, user, { byOthers: true }));
}

function saysReader(event: StoredEvent | null): boolean {
  if (event === null) return false;
  const { role } = JSON.parse(event.json) as { role?: string };
  return role === "reader";
}
