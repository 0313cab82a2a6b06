import type { ChatMessage } from "@snug/client";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { isHeld } from "./use-replaced.ts";

/** So near the end, one reads what is newest. */
export const END_PX = 100;

/**
 * Whether the end is in view. While it is, it stays so when something is said,
 * and when the scroller's own height changes: by the window, the keyboard, a
 * growing composer. A list that `follows` holds its end.
 */
export function useEnd(
  scroller: RefObject<HTMLElement | null>,
  messages: readonly ChatMessage[],
  follows: boolean,
  toEnd: () => void,
): boolean {
  const [atEnd, setAtEnd] = useState(true);
  // Known from before: a resize or a new row has already moved the end away when it is told.
  const pinned = useRef(true);
  const act = useRef(toEnd);
  useEffect(() => {
    act.current = toEnd;
  });

  const known = useRef({ messages, follows });
  useLayoutEffect(() => {
    const before = known.current;
    known.current = { messages, follows };
    // A list that did not hold its end was loaded further, and what came is to be read from its top.
    if (!pinned.current || !before.follows || before.messages === messages) return;
    if (isSaidAfter(before.messages, messages)) toEnd();
  });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      pinned.current = isNearEnd(element);
      setAtEnd(pinned.current);
    };
    const observer = new ResizeObserver((changes) => {
      if (pinned.current && changes.some(({ target }) => target === element)) act.current();
      look();
    });
    observer.observe(element);
    // What grows below the view makes no scroll event.
    for (const content of element.children) observer.observe(content);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller]);

  return atEnd;
}

const isNearEnd = (scroller: Element) =>
  scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= END_PX;

/** What waits to be sent stays last: others are put before it, also in the moment in which it is sent. */
function isSaidAfter(before: readonly ChatMessage[], messages: readonly ChatMessage[]): boolean {
  const known = before.findLast(({ seq }) => seq !== null)?.key;
  const last = messages.findLast((one) => one.key === known || !isHeld(one, before));
  return last !== undefined && last.key !== known;
}
