import type { Inbox } from "@snug/client";
import { GENERAL, type Room } from "@snug/protocol";

export interface Groups {
  readonly rooms: readonly Room[];
  readonly direct: readonly Room[];
  readonly ephemeral: readonly Room[];
  /** Only read any more. */
  readonly archived: readonly Room[];
}

type Titled = (room: Room) => string;

/** One's rooms by what they are: `general` first, then by name; what ends first stands first. */
export function groupsOf({ rooms }: Inbox, title: Titled): Groups {
  const all = rooms.map(({ room }) => room);
  const byTitle = (one: Room, other: Room) =>
    Number(other.id === GENERAL) - Number(one.id === GENERAL) ||
    title(one).localeCompare(title(other)) ||
    (one.id < other.id ? -1 : 1);
  const sorted = (which: (room: Room) => boolean) => all.filter(which).sort(byTitle);
  return {
    rooms: sorted(({ kind, archived }) => !archived && (kind === "public" || kind === "private")),
    direct: sorted(({ kind }) => kind === "direct"),
    ephemeral: all
      .filter(({ kind }) => kind === "ephemeral")
      .sort((one, other) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0)),
    archived: sorted(({ kind, archived }) => archived && (kind === "public" || kind === "private")),
  };
}

/** All of them as they stand in the list. */
export function ordered(inbox: Inbox, title: Titled): readonly Room[] {
  const { rooms, direct, ephemeral, archived } = groupsOf(inbox, title);
  return [...rooms, ...direct, ...ephemeral, ...archived];
}
