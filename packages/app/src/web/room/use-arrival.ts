import type { Inbox } from "@snug/client";
import { useState } from "react";

/**
 * The room whose link brought one here, until one has been in it: who is sent
 * away from it is not let in again by that link alone.
 */
export function useArrival(inbox: Inbox, roomId: string): string | null {
  const [arrival, setArrival] = useState<string | null>(roomId);
  if (inbox.rooms.some(({ room }) => room.id === arrival)) setArrival(null);
  return arrival;
}
