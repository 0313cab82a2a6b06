import { unreadIn, type Unread } from "@snug/client";
import type { InboxEntry } from "@snug/protocol";
import { countOf } from "./count.ts";

/** How what is unread calls for its reader. */
export interface Call {
  /** Something is unread that counts at the level they chose. */
  readonly unread: boolean;
  /** How many messages are meant for oneself. */
  readonly count: number;
}

export const callOf = (entry: InboxEntry) => callBy(unreadIn([entry]));

export function callBy({ unread, mentions, threads }: Unread): Call {
  return { unread: unread + mentions + threads > 0, count: mentions };
}

/** What of a room is unread, in words. */
export const wordsFor = ({ unread, threads }: Pick<InboxEntry, "unread" | "threads">) =>
  [
    ...(unread > 0 ? [countOf(unread, "unread message")] : []),
    ...(threads > 0 ? ["new replies in threads"] : []),
  ].join(", ");

/** What stands in a badge: there is little room in one. */
export const badgeText = (count: number) => (count > 99 ? "99+" : String(count));
