import type { Event, Room } from "@snug/protocol";

/** The room as it is after this event. Its count was right when it was opened, up to its `seq`. */
export function roomAfter(room: Room, event: Event): Room {
  if (event.type === "room.updated") {
    const { name = room.name, topic = room.topic } = event;
    const { capacity = room.capacity, archived = room.archived } = event;
    return { ...room, name, topic, capacity, archived };
  }
  const came = Number(event.type === "member.joined");
  const went = Number(event.type === "member.left" || event.type === "member.removed");
  if (came === went || event.seq <= room.seq) return room;
  return { ...room, memberCount: room.memberCount + came - went };
}
