import { type RefObject, useEffect, useRef, useState } from "react";

/** So near the end, one reads what is newest. */
export const END_PX = 100;

/**
 * Whether the end is in view. While it is, it stays so when the scroller's own
 * height changes: by the window, the keyboard, a growing composer. `settled`
 * changes when rows may have grown away from the end.
 */
export function useEnd(
  scroller: RefObject<HTMLElement | null>,
  toEnd: () => void,
  settled: unknown,
): boolean {
  const [atEnd, setAtEnd] = useState(true);
  // Known from the last scroll: a resize has already moved the end away when it is told.
  const pinned = useRef(true);
  const act = useRef(toEnd);
  useEffect(() => {
    act.current = toEnd;
  });

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      pinned.current = isNearEnd(element);
      setAtEnd(pinned.current);
    };
    const observer = new ResizeObserver(() => {
      if (pinned.current) act.current();
    });
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller]);

  useEffect(() => {
    if (!scroller.current) return;
    pinned.current = isNearEnd(scroller.current);
    setAtEnd(pinned.current);
  }, [scroller, settled]);

  return atEnd;
}

const isNearEnd = (scroller: Element) =>
  scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= END_PX;
