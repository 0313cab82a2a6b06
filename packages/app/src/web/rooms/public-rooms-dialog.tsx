import { useDirectory } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import { useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Field, Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";
import { Loading } from "../waiting.tsx";
import { countOf } from "./count.ts";
import { RoomLink } from "./room-link.tsx";

/** All public rooms, as they come and go: to look into, and to join. */
export function PublicRoomsDialog({ onClose }: { onClose: () => void }) {
  const { chat, roleIn, go, show } = useHouse();
  const directory = useDirectory(chat);
  const [sought, setSought] = useState("");
  const { busy, problem, run } = useDeed();
  const all = directory.rooms.filter(({ kind, archived }) => kind === "public" && !archived);
  const found = all.filter((room) => fits(room, sought)).sort(byName);

  async function join(room: string) {
    const joined = await run(() => chat.call("PUT /v1/rooms/:room/members/me", { room, body: {} }));
    if (joined?.ok === true) go(room);
  }

  return (
    <Dialog title="Public rooms" onClose={onClose}>
      <Field
        label="Find a room"
        type="search"
        value={sought}
        autoComplete="off"
        onChange={(event) => setSought(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      {directory.status === "loading" ? (
        <Loading />
      ) : (
        <ul className="list" aria-label="Public rooms">
          {found.map((room) => (
            <li key={room.id} className="listed-row">
              <RoomLink room={room.id}>
                <span className="listed-text">
                  <bdi className="listed-name">{room.name}</bdi>
                  <small className="soft">
                    {countOf(room.memberCount, "member")}
                    {room.topic !== "" && (
                      <>
                        {" · "}
                        <bdi>{room.topic}</bdi>
                      </>
                    )}
                  </small>
                </span>
              </RoomLink>
              {roleIn(room.id) === null ? (
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Join ${room.name}`}
                  aria-disabled={busy}
                  onClick={() => void join(room.id)}
                >
                  Join
                </button>
              ) : (
                <span className="soft small">You are in</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {directory.status === "loaded" && found.length === 0 && (
        <p className="soft">No public room is called that. You may make it.</p>
      )}
      <div className="dialog-actions">
        <button type="button" className="plain" onClick={() => show("new room")}>
          Make a new room
        </button>
      </div>
    </Dialog>
  );
}

const fits = ({ name, topic }: Room, sought: string) =>
  `${name} ${topic}`.toLocaleLowerCase().includes(sought.trim().toLocaleLowerCase());

const byName = (one: Room, other: Room) => one.name.localeCompare(other.name);
