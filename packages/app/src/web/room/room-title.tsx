import type { Room } from "@snug/protocol";
import { countOf } from "../rooms/count.ts";

/** What a room is called, and for whom and what it is. */
export function RoomTitle({ name, room }: { name: string; room: Room | null }) {
  return (
    <div className="room-title">
      <h1>
        <bdi>{name}</bdi>
      </h1>
      {room !== null && (
        <p className="soft">
          {countOf(room.memberCount, "member")}
          {room.topic !== "" && (
            <>
              {" · "}
              <bdi>{room.topic}</bdi>
            </>
          )}
        </p>
      )}
    </div>
  );
}
