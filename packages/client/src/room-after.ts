import type { Event, Room } from "@snug/protocol";

/** The room as it is after this event. Its count was right when it was opened, up to its `seq`. */
export function roomAfter(room: Room, event: Event): Room {
  switch (event.type) {
    case "member.joined":
      return counted(room, event.seq, 1);
    case "member.left":
    case "member.removed":
      return counted(room, event.seq, -1);
    case "room.updated": {
      const { name, topic, capacity, archived } = event;
      return {
        ...room,
        ...(name !== undefined && { name }),
        ...(topic !== undefined && { topic }),
        ...(capacity !== undefined && { capacity }),
        ...(archived !== undefined && { archived }),
      };
    }
    default:
      return room;
  }
}

function counted(room: Room, seq: number, by: 1 | -1): Room {
  return seq > room.seq ? { ...room, memberCount: room.memberCount + by } : room;
}
