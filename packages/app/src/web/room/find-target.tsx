import type { SentMessage } from "@snug/client";
import { useFound } from "@snug/client/react";
import { useEffect, useRef } from "react";
import { useHouse } from "../house.ts";

/** Looks up the message that an address names: it may be in a thread. Draws nothing. */
export function FindTarget({
  seq,
  onFound,
  onMissing,
}: {
  seq: number;
  onFound: (message: SentMessage) => void;
  onMissing: () => void;
}) {
  const { chat, roomId } = useHouse();
  const { status, message } = useFound(chat, roomId, seq);
  const told = useRef(false);
  useEffect(() => {
    if (told.current || status === "loading") return;
    told.current = true;
    if (status === "found") onFound(message);
    else onMissing();
  });
  return null;
}
