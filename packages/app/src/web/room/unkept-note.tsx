import type { RoomState } from "@snug/client";
import { useUnloadWarning } from "../use-unload-warning.ts";

/** Shown while something waits that the end of this page would lose. */
export function UnkeptNote({ room }: { room: RoomState }) {
  const atRisk = !room.kept && room.messages.at(-1)?.seq === null;
  useUnloadWarning(atRisk);
  if (!atRisk) return null;
  return (
    <p className="note" role="status">
      This browser keeps nothing for Snug. Closing the page would lose what is not sent yet.
    </p>
  );
}
