import type { Event } from "@snug/client";
import { useSearch } from "@snug/client/react";
import { useState } from "react";
import { useHouse } from "../house.ts";
import { useHeard } from "../use-heard.ts";
import type { Opened } from "./hits.tsx";
import { SearchPanel } from "./search-panel.tsx";

/** What is looked for, and what was found: both stay while one is elsewhere. */
export function Search({
  open,
  ...rest
}: {
  open: boolean;
  wide: boolean;
  opened: Opened | null;
  onOpen: (hit: Opened) => void;
  onClose: () => void;
  /** Where one goes who cannot go back to where one was. */
  onLost: () => void;
}) {
  const { chat, roomId } = useHouse();
  const [q, setQ] = useState("");
  const [room, setRoom] = useState<string | null>(null);
  // “This room” is the one that one is in.
  if (open && room !== null && room !== roomId) setRoom(roomId);
  const found = useSearch(chat, q, room ?? undefined);
  useHeard(roomId, ["message.edited", "message.deleted", "room.cleared"], found.again, (event) =>
    found.hits.some((hit) => hit.room === roomId && isTouched(hit.message.seq, event)),
  );
  if (!open) return null;
  return (
    <SearchPanel
      {...rest}
      q={q}
      onType={setQ}
      inRoom={room !== null}
      onRoom={(only) => setRoom(only ? roomId : null)}
      found={found}
    />
  );
}

/** Whether the message is another since, or no more. */
function isTouched(seq: number, event: Event): boolean {
  if (event.type === "room.cleared") return seq <= event.upTo;
  return "target" in event && seq === event.target;
}
