import type { ChatRoom, Outcome } from "@snug/client";
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Row } from "./rows.ts";

const FLASH_MS = 2_000;
/** Drawn frames until the rows that came into view have been measured. */
const SETTLED_AFTER = 6;

interface Jump {
  readonly seq: number;
  /** `first`: at the top of the view, with a little above it. */
  readonly to: "middle" | "first";
  readonly arrived: () => void;
}

/** Brings a message into view that may not be loaded yet; which one was jumped to last, it shows for a moment. */
export function useJumps(
  rows: readonly Row[],
  virtualizer: Virtualizer<HTMLDivElement, HTMLDivElement>,
  loadAround: ChatRoom["loadAround"],
) {
  const [jump, setJump] = useState<Jump | null>(null);
  const [flashed, setFlashed] = useState<string | null>(null);
  const [isUnderWay, setUnderWay] = useState(false);
  // Until it has arrived: a page that comes in meanwhile moves it to another place in the list.
  const aim = useRef<Jump | null>(null);
  // Known at once, before anything is drawn.
  const underWay = useRef(false);
  const note = (now: boolean) => {
    underWay.current = now;
    setUnderWay(now);
  };

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  // Once the list holds it.
  useEffect(() => {
    const to = jump ?? aim.current;
    if (to === null) return;
    // The number may be that of another kind of event: what follows it is meant.
    const found = rows.findIndex(({ message }) => (message.seq ?? Infinity) >= to.seq);
    const index = found === -1 ? rows.length - 1 : found;
    const row = rows[index];
    if (row === undefined) return;
    virtualizer.scrollToIndex(index, { align: to.to === "middle" ? "center" : "start" });
    if (jump === null) return;
    aim.current = jump;
    if (jump.to === "middle") setFlashed(row.message.key);
    setJump(null);
    let frames = 0;
    const settle = () => {
      if (++frames < SETTLED_AFTER) return requestAnimationFrame(settle);
      if (aim.current === jump) aim.current = null;
      note(false);
      return jump.arrived();
    };
    settle();
  }, [jump, rows, virtualizer]);

  /** Settles once one has arrived, or with why it leads nowhere. */
  const jumpTo = async (seq: number, to: Jump["to"] = "middle"): Promise<Outcome<null>> => {
    note(true);
    const outcome = await loadAround(seq);
    if (outcome.ok) await new Promise<void>((arrived) => setJump({ seq, to, arrived }));
    else note(false);
    return outcome;
  };

  return {
    flashed,
    /** Until then no page is asked for. */
    isUnderWay,
    underWay,
    jumpTo,
  };
}
