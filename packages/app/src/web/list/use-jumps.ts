import type { ChatRoom } from "@snug/client";
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Row } from "./rows.ts";

const FLASH_MS = 2_000;

interface Jump {
  readonly seq: number;
  /** `first`: at the top of the view, with a little above it. */
  readonly to: "middle" | "first";
  readonly arrived: (there: true) => void;
}

/** Brings a message into view that may not be loaded yet; which one was jumped to last, it shows for a moment. */
export function useJumps(
  rows: readonly Row[],
  virtualizer: Virtualizer<HTMLDivElement, HTMLDivElement>,
  loadAround: ChatRoom["loadAround"],
) {
  const [jump, setJump] = useState<Jump | null>(null);
  const [flashed, setFlashed] = useState<string | null>(null);
  const isUnderWay = useRef(false);

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  // Once the list holds it.
  useEffect(() => {
    if (jump === null) return;
    // The number may be that of another kind of event: what follows it is meant.
    const found = rows.findIndex(({ message }) => (message.seq ?? Infinity) >= jump.seq);
    const index = found === -1 ? rows.length - 1 : found;
    const row = rows[index];
    if (row === undefined) return;
    virtualizer.scrollToIndex(index, { align: jump.to === "middle" ? "center" : "start" });
    if (jump.to === "middle") setFlashed(row.message.key);
    isUnderWay.current = false;
    setJump(null);
    // Then it is drawn, and known where the view is.
    requestAnimationFrame(() => requestAnimationFrame(() => jump.arrived(true)));
  }, [jump, rows, virtualizer]);

  return {
    flashed,
    isUnderWay,
    /** Whether it was there to be jumped to, once one has arrived. */
    async jumpTo(seq: number, to: Jump["to"] = "middle"): Promise<boolean> {
      isUnderWay.current = true;
      const { ok } = await loadAround(seq);
      if (ok) return new Promise((arrived) => setJump({ seq, to, arrived }));
      isUnderWay.current = false;
      return false;
    },
  };
}
