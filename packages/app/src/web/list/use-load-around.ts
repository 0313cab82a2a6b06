import type { ChatRoom, RoomState } from "@snug/client";
import { type RefObject, useEffect, useRef } from "react";

/** Screens of history beyond the view; with less, the next page is loaded. */
const SCREENS_AHEAD = 2;

/** Looks after each drawing of the list, and scrolling draws it. */
export function useLoadAround(
  list: Pick<RoomState, "older" | "newer"> & Pick<ChatRoom, "loadOlder" | "loadNewer">,
  scroller: RefObject<HTMLElement | null>,
  connected: boolean,
  mayLoad: boolean,
): void {
  const { older, newer, loadOlder, loadNewer } = list;
  // What the connection's end broke off goes on with the next one.
  const wasConnected = useRef(connected);
  useEffect(() => {
    const isBack = connected && !wasConnected.current;
    wasConnected.current = connected;
    if (!isBack) return;
    if (older === "failed") void loadOlder();
    if (newer === "failed") void loadNewer();
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element || !mayLoad) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    if (older === "some" && scrollTop < SCREENS_AHEAD * clientHeight) void loadOlder();
    const below = scrollHeight - clientHeight - scrollTop;
    if (newer === "some" && below < SCREENS_AHEAD * clientHeight) void loadNewer();
  });
}
