import type { ChatMessage } from "@snug/client";
import { useLayoutEffect, useRef } from "react";

/** Calls when nothing that was shown is there any more: the room's log was replaced. */
export function useReplaced(messages: readonly ChatMessage[], onReplaced: () => void): void {
  const known = useRef(messages);
  useLayoutEffect(() => {
    const before = known.current;
    known.current = messages;
    if (before !== messages && !isHeld(before.at(-1), messages) && !isHeld(before[0], messages)) {
      onReplaced();
    }
  });
}

// What is looked for is mostly the last or near it.
export const isHeld = (message: ChatMessage | undefined, messages: readonly ChatMessage[]) =>
  message === undefined || messages.findLast(({ key }) => key === message.key) !== undefined;
