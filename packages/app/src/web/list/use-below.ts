import type { ChatMessage } from "@snug/client";
import { useState } from "react";
import { fromOthersAfter, newestSeq } from "./below.ts";

/** How much others said since the end was in view; or since one was here, where one came to what is unread. */
export function useBelow(
  messages: readonly ChatMessage[],
  atEnd: boolean,
  line: number | null,
): number {
  const newest = newestSeq(messages);
  const [seenUpTo, setSeenUpTo] = useState(line ?? newest);
  if (atEnd && seenUpTo !== newest) setSeenUpTo(newest);
  return atEnd ? 0 : fromOthersAfter(messages, seenUpTo).length;
}
