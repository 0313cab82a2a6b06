import type { ConnectionState } from "@snug/client";
import { useEntry } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import { Countdown } from "../clock/countdown.tsx";
import { ConnectionMark } from "../connection/connection-mark.tsx";
import { type Open, useHouse } from "../house.ts";
import { PeopleIcon, RoomsIcon, SearchIcon, ShareIcon } from "../icons.tsx";
import { Here } from "../presence/here.tsx";
import { RoomTitle } from "./room-title.tsx";

export function RoomHeader({
  name,
  room,
  status,
  open,
}: {
  name: string;
  room: Room | null;
  status: ConnectionState["status"];
  open: Open | null;
}) {
  const { chat, roomId, show } = useHouse();
  const threads = useEntry(chat, roomId)?.threads ?? 0;
  return (
    <header className="room-header">
      <button
        type="button"
        className="bare rooms-button"
        aria-label="Your rooms"
        aria-haspopup="dialog"
        onClick={() => show("rooms")}
      >
        <RoomsIcon />
      </button>
      <RoomTitle name={name} room={room} />
      <div className="room-tools">
        {room !== null && room.expiresAt !== null && (
          <Countdown until={room.expiresAt} label="This room ends in" />
        )}
        {room !== null && <Here roomId={room.id} onOpen={() => show("details")} />}
        <ConnectionMark status={status} />
        {room?.kind === "ephemeral" && (
          <button
            type="button"
            className="bare"
            aria-label="Bring others in"
            title="Bring others in"
            aria-haspopup="dialog"
            onClick={() => show("share")}
          >
            <ShareIcon />
          </button>
        )}
        <button
          type="button"
          className="bare"
          aria-label="Search messages"
          title="Search messages ( / )"
          aria-expanded={open === "search"}
          onClick={() => show(open === "search" ? null : "search")}
        >
          <SearchIcon />
        </button>
        {room !== null && (
          <button
            type="button"
            className="bare"
            aria-label={`About this room${threads > 0 ? ", with new replies in threads" : ""}`}
            title="About this room"
            aria-expanded={open === "details"}
            onClick={() => show(open === "details" ? null : "details")}
          >
            <PeopleIcon />
            {threads > 0 && <span className="dot" data-availability="online" aria-hidden="true" />}
          </button>
        )}
      </div>
    </header>
  );
}
