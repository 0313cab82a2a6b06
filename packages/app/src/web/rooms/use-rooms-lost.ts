import type { Inbox } from "@snug/client";
import type { Room } from "@snug/protocol";
import { useEffect, useRef } from "react";
import { draftsOf } from "../composer/drafts.ts";
import { closeDraft } from "../composer/draft.ts";

/** Tells of rooms that left one's list, and forgets what was begun to be written in those that end. */
export function useRoomsLost(
  inbox: Inbox,
  user: string,
  open: string,
  titleOf: (room: Room) => string,
  say: (text: string) => void,
): void {
  const before = useRef<Inbox>(inbox);
  useEffect(() => {
    const was = before.current;
    if (inbox.status === "loaded") before.current = inbox;
    if (inbox.status !== "loaded" || was === inbox) return;
    const kept = new Set(inbox.rooms.map(({ room }) => room.id));
    for (const { room } of was.rooms) {
      if (kept.has(room.id)) continue;
      const isOver = room.kind === "ephemeral";
      if (isOver) closeDraft(draftsOf(room.kind), user, room.id);
      // Of the room that is open its own place tells.
      if (room.id === open) continue;
      say(isOver ? `${titleOf(room)} is gone.` : `You are no longer in ${titleOf(room)}.`);
    }
  });
}
