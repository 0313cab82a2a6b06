import { GENERAL, type Room } from "@snug/protocol";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { RoomLink } from "../rooms/room-link.tsx";
import { useDeed } from "../use-deed.ts";

/** One was in this room and is not any more: and what to do now. */
export function ClosedBar({ room }: { room: Room | null }) {
  const { chat } = useHouse();
  const { busy, problem, run } = useDeed();
  const mayJoin = room?.kind === "public" || room?.kind === "ephemeral";
  return (
    <div className="bar closed" tabIndex={-1}>
      <div role="status">
        <p className="bar-title">You are no longer in this room</p>
        <p>
          What you had read stays until you leave this page; nothing new comes.
          {!mayJoin && " Ask somebody inside for an invite."}
        </p>
        <Problem detail={problem?.detail} />
      </div>
      <div className="bar-actions">
        {mayJoin && (
          <button
            type="button"
            className="quiet"
            aria-disabled={busy}
            onClick={() =>
              void run(() =>
                chat.call("PUT /v1/rooms/:room/members/me", { room: room.id, body: {} }),
              )
            }
          >
            Join again
          </button>
        )}
        <RoomLink room={GENERAL}>Go to general</RoomLink>
      </div>
    </div>
  );
}
