import type { ConnectionState } from "@snug/client";
import { useLate } from "../use-late.ts";
import { secondsLeft } from "./countdown.ts";
import { useHeld } from "./use-held.ts";

/** Short breaks are nobody's business. */
const BANNER_AFTER_MS = 5_000;

export function ConnectionBanner({
  connection,
  onTryNow,
}: {
  connection: ConnectionState;
  onTryNow: () => void;
}) {
  const shown = useLate(connection.status !== "live", BANNER_AFTER_MS);
  const held = useHeld(connection, connection.status === "offline");
  return (
    <div className="banner-place" role="status">
      {shown && (
        <p className="banner">
          <span>
            {connection.status === "offline" && connection.problem.code === "no_token"
              ? connection.problem.detail
              : "No connection."}
            <Attempt connection={connection} held={held} />
          </span>
          <button type="button" className="plain" onClick={onTryNow}>
            Try now
          </button>
        </p>
      )}
    </div>
  );
}

/** Hidden from the live region: a screen reader would read every second. */
function Attempt({ connection, held }: { connection: ConnectionState; held: number }) {
  if (connection.status !== "offline") return <span aria-hidden="true"> Trying …</span>;
  const left = secondsLeft(connection.retryIn, held);
  return <span aria-hidden="true">{left === 0 ? " Trying …" : ` Trying again in ${left} s`}</span>;
}
