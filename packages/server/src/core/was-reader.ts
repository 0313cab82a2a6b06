import type { RoomId, UserId } from "@snug/protocol";
import type { LogStore, StoredEvent } from "./ports.ts";

/** Whether the newest event about somebody's place (`lastAbout`) made them a reader, or says that they came as one. */
export function wasReader(newest: StoredEvent | null): boolean {
  if (newest === null) return false;
  const { role } = JSON.parse(newest.json) as { role?: string };
  return role === "reader";
}

/** Whether the last that somebody else made them was a reader, whatever they were by themselves since. */
export async function isMuted(
  store: Pick<LogStore, "lastAbout">,
  room: RoomId,
  user: UserId,
): Promise<boolean> {
  return wasReader(await store.lastAbout(room, user, { byOthers: true }));
}
