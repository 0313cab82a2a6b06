import { GENERAL } from "@snug/protocol";
import { RoomLink } from "../rooms/room-link.tsx";

/** In the place of a room that was never open to one, or that is none: nobody can tell which. */
export function ClosedRoom({ detail }: { detail: string }) {
  return (
    <div className="conversation">
      <div className="empty" role="status">
        <p className="empty-title">This room is closed to you</p>
        <p className="soft">{detail} Ask somebody inside for an invite.</p>
        <p>
          <RoomLink room={GENERAL}>Go to general</RoomLink>
        </p>
      </div>
    </div>
  );
}
