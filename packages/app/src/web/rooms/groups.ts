import type { Inbox } from "@snug/client";
import type { InboxEntry } from "@snug/protocol";

export interface Groups {
  readonly rooms: readonly InboxEntry[];
  readonly direct: readonly InboxEntry[];
  readonly ephemeral: readonly InboxEntry[];
  /** Only read any more. */
  readonly archived: readonly InboxEntry[];
}

/** One's rooms by what they are: where something happened last stands first, and what ends first. */
export function groupsOf({ rooms }: Inbox): Groups {
  const byLife = (one: InboxEntry, other: InboxEntry) =>
    other.at - one.at || (one.room.id < other.room.id ? -1 : 1);
  const sorted = (which: (entry: InboxEntry) => boolean) => rooms.filter(which).sort(byLife);
  const isShared = ({ room }: InboxEntry) => room.kind === "public" || room.kind === "private";
  return {
    rooms: sorted((entry) => isShared(entry) && !entry.room.archived),
    direct: sorted(({ room }) => room.kind === "direct"),
    ephemeral: rooms
      .filter(({ room }) => room.kind === "ephemeral")
      .sort((one, other) => (one.room.expiresAt ?? 0) - (other.room.expiresAt ?? 0)),
    archived: sorted((entry) => isShared(entry) && entry.room.archived),
  };
}

/** All of them as they stand in the list. */
export function ordered(inbox: Inbox): readonly InboxEntry[] {
  const { rooms, direct, ephemeral, archived } = groupsOf(inbox);
  return [...rooms, ...direct, ...ephemeral, ...archived];
}
