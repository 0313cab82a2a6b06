import type { VirtualItem } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useRef } from "react";
import type { Row } from "./rows.ts";

/** So much of a message in view, and it counts as seen: its first lines. */
const SEEN_PX = 40;

/**
 * Tells up to where one has read: the last message that was on the screen while
 * somebody looked at this window. Nothing is read in a hidden one, or in one
 * beside the one that is worked in.
 */
export function useRead(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  items: readonly VirtualItem[],
  markRead: ((seq: number) => void) | null,
): void {
  const look = useRef(() => {});
  useEffect(() => {
    look.current = () => {
      const view = scroller.current;
      if (markRead === null || view === null || document.hidden || !document.hasFocus()) return;
      const bottom = view.scrollTop + view.clientHeight;
      const seqOf = (index: number) => rows[index]?.message.seq ?? null;
      const seen = items.findLast(
        ({ index, start, size }) =>
          seqOf(index) !== null && start + Math.min(size, SEEN_PX) <= bottom,
      );
      const seq = seen === undefined ? null : seqOf(seen.index);
      if (seq !== null) markRead(seq);
    };
    look.current();
  });
  useEffect(() => {
    const heed = () => look.current();
    addEventListener("focus", heed);
    document.addEventListener("visibilitychange", heed);
    return () => {
      removeEventListener("focus", heed);
      document.removeEventListener("visibilitychange", heed);
    };
  }, []);
}
