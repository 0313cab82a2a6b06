import type { ChatMessage } from "@snug/client";
import { useLayoutEffect, useRef } from "react";

/** Calls when the last message is one that was just written here. */
export function useOwnSend(messages: readonly ChatMessage[], onSend: () => void): void {
  const last = messages.at(-1);
  const unsent = last?.seq === null ? last.key : null;
  const known = useRef(unsent);
  useLayoutEffect(() => {
    if (unsent !== null && unsent !== known.current) onSend();
    known.current = unsent;
  });
}
