import type { Chat, Doors } from "@snug/client";
import { useInbox } from "@snug/client/react";
import type { User } from "@snug/protocol";
import { useRef, useState } from "react";
import type { Address } from "./address.ts";
import { HouseContext, type House, type Open } from "./house.ts";
import { Over } from "./over.tsx";
import { Rail } from "./rail.tsx";
import { useAway } from "./presence/use-away.ts";
import { useArrival } from "./room/use-arrival.ts";
import type { ConversationHandle } from "./room/conversation.tsx";
import { RoomPage } from "./room/room-page.tsx";
import { ordered } from "./rooms/groups.ts";
import { titleOf } from "./rooms/title.ts";
import { useDirectNames } from "./rooms/use-direct-names.ts";
import { useRoomsLost } from "./rooms/use-rooms-lost.ts";
import { Said, SaidContext, useSaid } from "./said.tsx";
import type { Opened } from "./search/hits.tsx";
import { Search } from "./search/search.tsx";
import { useSearchKey } from "./search/use-search-key.ts";
import { noteHits, useWayBack } from "./search/way-back.ts";
import { goTo } from "./use-address.ts";
import { isField, usePageKeys } from "./use-page-keys.ts";
import { useWide } from "./use-wide.ts";

/** The page of somebody who is in: their rooms, the one they are in, and what is open over it. */
export function Inside({
  chat,
  user,
  doors,
  address,
  onSettling,
}: {
  chat: Chat;
  user: User;
  doors: Doors | null;
  address: Address;
  onSettling: (settling: boolean) => void;
}) {
  const roomId = address.room;
  const inbox = useInbox(chat);
  const names = useDirectNames(chat, inbox, user.id);
  const [open, setOpen] = useState<Open | null>(null);
  const [hit, setHit] = useState<Opened | null>(null);
  const talk = useRef<ConversationHandle>(null);
  const [said, say] = useSaid();
  const wide = useWide();
  const arrival = useArrival(inbox, roomId);
  const title: House["titleOf"] = (room) => titleOf(room, names);
  useAway(chat);
  useRoomsLost(inbox, user.id, roomId, title, say);

  const house: House = {
    chat,
    user,
    inbox,
    doors,
    roomId,
    arrival,
    titleOf: title,
    otherIn: (id) => names.get(id)?.other ?? null,
    roleIn: (id) => inbox.rooms.find(({ room }) => room.id === id)?.role ?? null,
    go: (id, seq = null) => {
      setOpen((before) => (wide && (before === "details" || before === "search") ? before : null));
      goTo(id, { seq });
    },
    show: setOpen,
    say,
    settle: onSettling,
  };

  // Each thing that these keys reach is a button or a link too.
  usePageKeys((event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      setOpen("switcher");
    }
    if (event.key === "?" && !isField(event.target)) {
      event.preventDefault();
      setOpen("shortcuts");
    }
    const step = event.altKey && !event.ctrlKey ? steps[event.key] : undefined;
    if (step === undefined) return;
    event.preventDefault();
    const rooms = ordered(inbox);
    const at = rooms.findIndex(({ room }) => room.id === roomId);
    const next = rooms[(at + step + rooms.length) % rooms.length];
    if (next) house.go(next.room.id);
  });

  useSearchKey(() => setOpen("search"));
  useWayBack((toHits) => {
    if (toHits) setOpen("search");
    // What one went forward to is below them.
    else if (!wide) setOpen((before) => (before === "search" ? null : before));
  });

  return (
    <HouseContext value={house}>
      <SaidContext value={said}>
        <div className="frame">
          <Rail />
          <RoomPage
            key={roomId}
            roomId={roomId}
            address={address}
            open={open}
            wide={wide}
            hit={hit?.room === roomId ? hit.seq : null}
            main={talk}
          />
          <Search
            open={open === "search"}
            wide={wide}
            opened={hit}
            onOpen={(found) => {
              noteHits();
              setHit(found);
              house.go(found.room, found.seq);
            }}
            onClose={() => setOpen(null)}
            onLost={() => talk.current?.focusField()}
          />
          <Over open={open} />
          <Said />
        </div>
      </SaidContext>
    </HouseContext>
  );
}

const steps: Partial<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowDown: 1 };
