import type { MouseEvent, ReactNode } from "react";
import { pathOf } from "../address.ts";
import { useHouse } from "../house.ts";

/** A link to a room: the page goes there without being loaded again; a new tab works as ever. */
export function RoomLink({
  room,
  current = false,
  unread = false,
  muted = false,
  children,
}: {
  room: string;
  current?: boolean;
  unread?: boolean;
  muted?: boolean;
  children: ReactNode;
}) {
  const { go } = useHouse();
  return (
    <a
      className="room-link"
      href={pathOf(room)}
      aria-current={current ? "page" : undefined}
      data-unread={unread || undefined}
      data-muted={muted || undefined}
      onClick={(event) => {
        if (!isPlain(event)) return;
        event.preventDefault();
        go(room);
      }}
    >
      {children}
    </a>
  );
}

/** Not one that opens a new tab, or the like. */
export const isPlain = (event: MouseEvent) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
