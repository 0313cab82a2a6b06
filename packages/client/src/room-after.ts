import type { Event, Room } from "@snug/protocol";

/** The room as it is after this event. Its count was right when it was opened, up to its `seq`. */
export function roomAfter(room: Room, event: Event): Room {
  if (event.type === "room.updated") {
    // All that it says beside what every event says is a change.
    const { type: _type, seq: _seq, id: _id, at: _at, by: _by, ...change } = event;
    return { ...room, ...change };
  }
  if (!comesOrGoes(event) || event.seq <= room.seq) return room;
  return { ...room, memberCount: room.memberCount + (event.type === "member.joined" ? 1 : -1) };
}

type Coming = Exclude<Extract<Event, { user: unknown }>, { type: "member.changed" }>;

/** Whether it tells that somebody became a member, or is none any more. */
export function comesOrGoes(event: Event): event is Coming {
  return event.type.startsWith("member.") && event.type !== "member.changed";
}
