import type { InboxEntry } from "@snug/protocol";

/** How a room calls for its reader, by the level they chose for it. */
export interface Call {
  /** Something there is unread that counts at this level. */
  readonly unread: boolean;
  /** How many messages are meant for oneself: the mentions, and in a direct room all. */
  readonly count: number;
}

type Counts = Pick<InboxEntry, "level" | "unread" | "mentions" | "threads"> & {
  readonly room: Pick<InboxEntry["room"], "kind">;
};

export function callOf({ room, level, unread, mentions, threads }: Counts): Call {
  switch (level) {
    case "none":
      return { unread: false, count: 0 };
    case "mentions":
      return { unread: mentions > 0, count: mentions };
    case "all":
      return {
        unread: unread + mentions + threads > 0,
        count: room.kind === "direct" ? Math.max(unread, mentions) : mentions,
      };
  }
}

/** What all of them together come to. */
export function callOfAll(entries: readonly Counts[]): Call {
  const calls = entries.map(callOf);
  return {
    unread: calls.some(({ unread }) => unread),
    count: calls.reduce((sum, { count }) => sum + count, 0),
  };
}

/** What stands in a badge: there is little room in one. */
export const badgeText = (count: number) => (count > 99 ? "99+" : String(count));
