import type { InboxEntry, Room } from "@snug/protocol";
import type { Directory, Inbox, Unread } from "./api.ts";
import type { News } from "./link.ts";

/** The inbox after what came over the link. */
export function afterNews(inbox: Inbox, news: News): Inbox {
  if (news.type !== "inbox") return inbox;
  if ("rooms" in news) return { status: "loaded", rooms: news.rooms };
  const gone = new Set(news.gone);
  const kept = inbox.rooms.filter(({ room }) => !gone.has(room.id));
  return { status: "loaded", rooms: merge<InboxEntry>(kept, news.changed, ({ room }) => room.id) };
}

/** The directory after what came over the link; one that is not loaded yet stays so. */
export function listed(directory: Directory, news: News): Directory {
  if (directory.status === "loading") return directory;
  const { rooms } = directory;
  if (news.type === "inbox") {
    // Where the whole is told, what is gone is missing in it: the next look at all rooms says so.
    const [own, gone] = "rooms" in news ? [news.rooms, []] : [news.changed, news.gone];
    const kept = rooms.filter(({ id, kind }) => kind === "public" || !gone.includes(id));
    const ours = own.map(({ room }) => room);
    return { status: "loaded", rooms: merge<Room>(kept, ours, idOf) };
  }
  if (news.kind === "room")
    return { status: "loaded", rooms: merge<Room>(rooms, [news.room], idOf) };
  if (news.kind !== "room-gone") return directory;
  return { status: "loaded", rooms: rooms.filter(({ id }) => id !== news.room) };
}

/** What calls for oneself in these rooms together, by the level one chose for each. */
export function unreadIn(rooms: Inbox["rooms"]): Unread {
  const sum = { unread: 0, mentions: 0, threads: 0 };
  for (const { room, level, unread, mentions, threads } of rooms) {
    const isAll = level === "all";
    if (isAll) sum.unread += unread;
    if (isAll) sum.threads += threads;
    if (level !== "none")
      sum.mentions += isAll && room.kind === "direct" ? Math.max(unread, mentions) : mentions;
  }
  return sum;
}

const idOf = (room: Room) => room.id;

/** Each in its old place, new ones at the end. */
function merge<Item>(
  items: readonly Item[],
  changed: readonly Item[],
  id: (item: Item) => string,
): readonly Item[] {
  const fresh = new Map(changed.map((item) => [id(item), item]));
  const replaced = items.map((item) => {
    const other = fresh.get(id(item));
    fresh.delete(id(item));
    return other ?? item;
  });
  return [...replaced, ...fresh.values()];
}
