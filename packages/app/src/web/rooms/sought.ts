import type { Inbox } from "@snug/client";
import type { InboxEntry, Room } from "@snug/protocol";
import { callOf } from "./call.ts";

/**
 * The rooms in whose names these letters are, in the order in which one is
 * likely to mean them: what begins with them, what calls for oneself, where
 * something happened last. The room one is in is meant last.
 */
export function sought(
  { rooms }: Inbox,
  here: string,
  letters: string,
  titleOf: (room: Room) => string,
): readonly InboxEntry[] {
  const wanted = letters.trim().toLocaleLowerCase();
  const found = rooms.map((entry) => {
    const { unread, count } = callOf(entry);
    const place = titleOf(entry.room).toLocaleLowerCase().indexOf(wanted);
    const ranks = [
      Number(entry.room.id === here),
      Number(wanted !== "" && place > 0),
      Number(count === 0),
      Number(!unread),
      -entry.at,
    ];
    return { entry, place, ranks };
  });
  return found
    .filter(({ place }) => place !== -1)
    .sort((one, other) => compare(one.ranks, other.ranks))
    .map(({ entry }) => entry);
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, rank] of one.entries()) {
    const difference = rank - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
