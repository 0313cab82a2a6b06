import { SOON, timeLeft } from "./time-left.ts";
import { useServerNow } from "./use-server-now.ts";

/** How long an ephemeral room still lives. Not a live region: a screen reader would read every second. */
export function Countdown({
  until,
  label,
}: {
  until: number;
  /** Read out before it, where nothing that is seen says what ends. */
  label?: string;
}) {
  const left = until - useServerNow();
  return (
    <span className="time-left" data-soon={left < SOON || undefined}>
      {label !== undefined && <span className="hidden">{label} </span>}
      <span role="timer">{timeLeft(left)}</span>
    </span>
  );
}
