import type { Inbox } from "@snug/client";
import type { User } from "@snug/protocol";
import { Mark } from "./mark.tsx";
import { PersonButton } from "./person/person-button.tsx";

export function Rail({
  inbox,
  roomId,
  user,
  onRoom,
  onPerson,
}: {
  inbox: Inbox;
  roomId: string;
  user: User;
  onRoom: (id: string) => void;
  onPerson: () => void;
}) {
  return (
    <aside className="rail" aria-label="Rooms and you">
      <p className="word-mark">
        <Mark />
        Snug
      </p>
      <RoomList inbox={inbox} roomId={roomId} onRoom={onRoom} />
      <PersonButton user={user} onOpen={onPerson} />
    </aside>
  );
}

function RoomList({
  inbox,
  roomId,
  onRoom,
}: {
  inbox: Inbox;
  roomId: string;
  onRoom: (id: string) => void;
}) {
  return (
    <nav className="rooms" aria-label="Rooms">
      <ul>
        {inbox.rooms.map(({ room }) => (
          <li key={room.id}>
            <button
              type="button"
              aria-current={room.id === roomId ? "page" : undefined}
              onClick={() => onRoom(room.id)}
            >
              <bdi>{room.name}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
