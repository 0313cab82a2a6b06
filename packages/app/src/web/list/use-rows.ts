import type { ChatMessage, RoomState } from "@snug/client";
import { useMemo, useState } from "react";
import { deriveRows, noteJoins, type Row } from "./rows.ts";

export function useRows(
  messages: readonly ChatMessage[],
  older: RoomState["older"],
  line: number | null,
): readonly Row[] {
  const [joins] = useState(() => new Map<string, boolean>());
  return useMemo(() => {
    noteJoins(joins, messages, Date.now());
    return deriveRows(messages, older, joins, line);
  }, [messages, older, joins, line]);
}
