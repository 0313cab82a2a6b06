import { SOON, timeLeft } from "./time-left.ts";
import { useServerNow } from "./use-server-now.ts";

/** How long an ephemeral room still lives. Not a live region: a screen reader would read every second. */
export function Countdown({ until, label }: { until: number; label: string }) {
  const left = until - useServerNow(true);
  return (
    <span className="time-left" data-soon={left < SOON || undefined}>
      <span className="hidden">{label} </span>
      <span role="timer">{timeLeft(left)}</span>
    </span>
  );
}
