import type { Chat } from "@snug/client";
import type { Address } from "./address.ts";

/**
 * What takes longer is waited for in a page that is drawn already. What the server has drawn stands
 * longer than it takes to find that no WebSocket gets through, and to come another way.
 */
const LONGEST_MS = 500;
const LONGEST_SEEN_MS = 15_000;

/**
 * Until what the page shows first is there, or it is known that it will not be:
 * all of it is drawn at once then, instead of a frame, its rooms and its messages
 * one after the other.
 */
export function onceThere(chat: Chat, { room, invite }: Address, isSeen: boolean): Promise<void> {
  const { connection } = chat;
  const { state } = chat.room(room);
  return new Promise((resolve) => {
    const look = () => {
      const { status } = connection.get();
      const isOut = status === "refused" || status === "offline";
      const isThere = invite === null ? state.get().older !== "unknown" : status === "live";
      const isRefused = invite === null && state.get().status === "refused";
      if (isOut || isThere || isRefused) end();
    };
    const undo = [connection.subscribe(look), ...(invite === null ? [state.subscribe(look)] : [])];
    const timer = setTimeout(end, isSeen ? LONGEST_SEEN_MS : LONGEST_MS);
    function end() {
      clearTimeout(timer);
      for (const each of undo) each();
      resolve();
    }
  });
}
