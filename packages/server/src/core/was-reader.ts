import type { RoomId, UserId } from "@snug/protocol";
import type { LogStore } from "./ports.ts";

/**
 * Whether somebody was a reader when they were in the room last: going, or being
 * sent out, and coming back must not undo a mute.
 */
export async function wasReader(
  store: Pick<LogStore, "lastAbout">,
  room: RoomId,
  user: UserId,
): Promise<boolean> {
  const last = await store.lastAbout(room, user);
  if (last === null) return false;
  const { role } = JSON.parse(last.json) as { role?: string };
  return role === "reader";
}
