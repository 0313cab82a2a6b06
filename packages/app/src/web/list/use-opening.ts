import { useEffect, useRef } from "react";
import type { RoomState } from "@snug/client";
import { isUnread, type Row } from "./rows.ts";

/** Where the list opens: at the first message one has not read, else, as it stands, at the end. */
export function useOpening(
  rows: readonly Row[],
  { messages, older }: Pick<RoomState, "messages" | "older">,
  line: number | null,
  jumpTo: (seq: number, to: "first") => Promise<boolean>,
): void {
  const opened = useRef(false);
  useEffect(() => {
    if (opened.current || older === "unknown") return;
    opened.current = true;
    if (line === null) return;
    const first = rows.find(({ startsNew }) => startsNew)?.message.seq;
    if (first != null) void jumpTo(first, "first");
    // It is further up than what is loaded.
    else if (messages.some((message) => isUnread(message, line))) void jumpTo(line + 1, "first");
  });
}
