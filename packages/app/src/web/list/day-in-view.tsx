import type { Row } from "./rows.ts";
import { dayName } from "../clock/when.ts";

/** Which day one is in, while one scrolls through it; the headings say it to screen readers. */
export function DayInView({ row, scrolling }: { row: Row | undefined; scrolling: boolean }) {
  const at = row?.message.at ?? null;
  if (at === null) return null;
  // Its heading is in view itself.
  const shown = scrolling && row?.day === null;
  return (
    <p className="day-in-view" data-shown={shown || undefined} aria-hidden="true">
      {dayName(at)}
    </p>
  );
}
