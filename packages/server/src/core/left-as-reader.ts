import type { RoomId, UserId } from "@snug/protocol";
import type { LogStore } from "./ports.ts";

/** Whether they went as a reader: going and coming back must not undo a mute. */
export async function leftAsReader(
  store: Pick<LogStore, "lastAbout">,
  room: RoomId,
  user: UserId,
): Promise<boolean> {
  const last = await store.lastAbout(room, user);
  if (last === null) return false;
  const { type, role } = JSON.parse(last.json) as { type: string; role?: string };
  return type === "member.left" && role === "reader";
}
