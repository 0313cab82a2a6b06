import { useEffect, useState } from "react";
import type { RoomState } from "@snug/client";
import { isUnread, type Row } from "./rows.ts";

/**
 * Where the list opens: at the first message one has not read, else, as it
 * stands, at the end. True until it has opened.
 */
export function useOpening(
  rows: readonly Row[],
  { messages, older }: Pick<RoomState, "messages" | "older">,
  line: number | null,
  jumpTo: (seq: number, to: "first") => Promise<boolean>,
): boolean {
  const [phase, setPhase] = useState<"closed" | "opening" | "open">(
    line === null ? "open" : "closed",
  );
  useEffect(() => {
    if (phase !== "closed" || older === "unknown" || line === null) return;
    const first = rows.find(({ startsNew }) => startsNew)?.message.seq ?? null;
    // It may be further up than what is loaded.
    const isUnder = first === null && messages.some((message) => isUnread(message, line));
    if (first === null && !isUnder) return setPhase("open");
    setPhase("opening");
    void jumpTo(first ?? line + 1, "first").then(() => setPhase("open"));
  }, [phase, older, line, rows, messages, jumpTo]);
  return phase !== "open";
}
