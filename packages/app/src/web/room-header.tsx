import type { ConnectionState } from "@snug/client";
import type { Room, User } from "@snug/protocol";
import { ConnectionMark } from "./connection/connection-mark.tsx";
import { PersonButton } from "./person/person-button.tsx";

export function RoomHeader({
  name,
  room,
  status,
  user,
  onPerson,
}: {
  name: string;
  room: Room | null;
  status: ConnectionState["status"];
  user: User;
  onPerson: () => void;
}) {
  return (
    <header className="room-header">
      <div className="room-title">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        {room !== null && (
          <p className="soft">
            {room.memberCount === 1 ? "1 member" : `${room.memberCount} members`}
            {room.topic !== "" && (
              <>
                {" · "}
                <bdi>{room.topic}</bdi>
              </>
            )}
          </p>
        )}
      </div>
      <ConnectionMark status={status} />
      <PersonButton user={user} onOpen={onPerson} />
    </header>
  );
}
