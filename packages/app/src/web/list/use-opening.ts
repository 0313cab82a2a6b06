import { useEffect, useState } from "react";
import type { RoomState } from "@snug/client";
import type { Place } from "./place-left.ts";
import { isUnread, type Row } from "./rows.ts";

/**
 * Where the list opens: where one had scrolled to, else at the first message one
 * has not read, else, as it stands, at the end. True until it has opened.
 */
export function useOpening(
  rows: readonly Row[],
  { messages, older }: Pick<RoomState, "messages" | "older">,
  place: Place | null,
  line: number | null,
  jumpTo: (seq: number, to: "first") => Promise<unknown>,
): boolean {
  const [phase, setPhase] = useState<"closed" | "opening" | "open">(
    line === null && place === null ? "open" : "closed",
  );
  useEffect(() => {
    if (phase !== "closed" || older === "unknown") return;
    const open = (seq: number) => {
      setPhase("opening");
      void jumpTo(seq, "first").then(() => setPhase("open"));
    };
    if (place !== null) return open(place.seq);
    if (line === null) return;
    const first = rows.find(({ startsNew }) => startsNew)?.message.seq ?? null;
    // It may be further up than what is loaded.
    const isUnder = first === null && messages.some((message) => isUnread(message, line));
    if (first === null && !isUnder) return setPhase("open");
    open(first ?? line + 1);
  }, [phase, older, place, line, rows, messages, jumpTo]);
  return phase !== "open";
}
