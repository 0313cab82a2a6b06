import type { ChatMessage } from "@snug/client";
import { useState } from "react";
import { fromOthersAfter, newestSeq } from "./below.ts";

/** How much others said since the end was in view. */
export function useBelow(messages: readonly ChatMessage[], atEnd: boolean): number {
  const newest = newestSeq(messages);
  const [seenUpTo, setSeenUpTo] = useState(newest);
  if (atEnd && seenUpTo !== newest) setSeenUpTo(newest);
  return atEnd ? 0 : fromOthersAfter(messages, seenUpTo).length;
}
