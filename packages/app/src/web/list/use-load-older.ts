import type { ChatRoom, RoomState } from "@snug/client";
import { type RefObject, useEffect } from "react";

/** Screens of history above the view; with less, the page before is loaded. */
const SCREENS_AHEAD = 2;

/** Looks after each drawing of the list, and scrolling draws it. */
export function useLoadOlder(
  room: Pick<RoomState, "older"> & Pick<ChatRoom, "loadOlder">,
  scroller: RefObject<HTMLElement | null>,
): void {
  const { older, loadOlder } = room;
  useEffect(() => {
    const element = scroller.current;
    if (older !== "some" || !element) return;
    if (element.scrollTop < SCREENS_AHEAD * element.clientHeight) void loadOlder();
  });
}
