import type { RoomState } from "@snug/client";
import { useLate } from "../use-late.ts";
import { useUnloadWarning } from "../use-unload-warning.ts";

/** A message that leaves by then was never at risk. */
const SAID_AFTER_MS = 400;

/** Shown while something waits that the end of this page would lose, or leave undone. */
export function UnkeptNote({ room }: { room: RoomState }) {
  const atRisk = !room.kept && room.unsent.length > 0;
  useUnloadWarning(atRisk);
  const connected = room.status === "live" || room.status === "catching up";
  const undone =
    !connected && room.messages.some((message) => message.state === "sent" && message.saving);
  const shown = useLate(atRisk || undone, SAID_AFTER_MS);
  if (!shown) return null;
  if (!atRisk)
    return (
      <p className="note" role="status">
        Closing the page would leave undone what is not saved yet.
      </p>
    );
  return (
    <p className="note" role="status">
      {room.room?.kind === "ephemeral"
        ? "What is written in an ephemeral room is not kept on this device."
        : "What waits here is not kept on this device."}{" "}
      Closing the page would lose what is not sent yet.
    </p>
  );
}
