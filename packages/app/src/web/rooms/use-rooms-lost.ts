import type { Inbox } from "@snug/client";
import type { Room } from "@snug/protocol";
import { useEffect, useRef } from "react";
import { draftsOf } from "../composer/drafts.ts";
import { closeDraft, closeEdits } from "../composer/draft.ts";

/** Tells of rooms that left one's list, and forgets what was begun to be written in those that end. */
export function useRoomsLost(
  inbox: Inbox,
  user: string,
  open: string,
  titleOf: (room: Room) => string,
  say: (text: string) => void,
): void {
  const before = useRef<Inbox | null>(null);
  useEffect(() => {
    const was = before.current;
    if (inbox.status !== "loaded" || was === inbox) return;
    before.current = inbox;
    const kept = new Set<string>(inbox.rooms.map(({ room }) => room.id));
    const lost = was?.rooms.filter(({ room }) => !kept.has(room.id)) ?? [];
    // Also those of rooms that were lost while no page was open.
    if (was === null || lost.length > 0)
      closeEdits(draftsOf("public"), user, (room) => room === open || kept.has(room));
    for (const { room } of lost) {
      const isOver = room.kind === "ephemeral";
      if (isOver) closeDraft(draftsOf(room.kind), user, room.id);
      // Of the room that is open its own place tells.
      if (room.id === open) continue;
      say(isOver ? `${titleOf(room)} is gone.` : `You are no longer in ${titleOf(room)}.`);
    }
  });
}
