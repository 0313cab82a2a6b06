import type { ChatRoom, ConnectionState } from "@snug/client";
import type { RoomView } from "@snug/client/react";
import type { Room } from "@snug/protocol";
import type { RefObject } from "react";
import { Composer } from "../composer/composer.tsx";
import { draftsOf } from "../composer/drafts.ts";
import { ConnectionBanner } from "../connection/connection-banner.tsx";
import { useHouse } from "../house.ts";
import type { Access } from "./access.ts";
import { ClosedBar } from "./closed-bar.tsx";
import { JoinBar } from "./join-bar.tsx";
import { UnkeptNote } from "./unkept-note.tsx";

/** Below the messages: where one writes, or why one cannot. */
export function Foot({
  roomId,
  name,
  known,
  access,
  room,
  post,
  connection,
  field,
  onDone,
}: {
  roomId: string;
  name: string;
  known: Room | null;
  access: Access;
  room: RoomView;
  post: ChatRoom["post"];
  connection: ConnectionState;
  field: RefObject<HTMLTextAreaElement | null>;
  onDone: () => void;
}) {
  const { chat, user } = useHouse();
  return (
    <div className="foot">
      <ConnectionBanner
        connection={connection}
        onTryNow={() => {
          chat.reconnect();
          onDone();
        }}
      />
      <UnkeptNote room={room} />
      {access.kind === "writes" && known !== null && (
        <Composer
          userId={user.id}
          roomId={roomId}
          roomName={name}
          drafts={draftsOf(known.kind)}
          post={post}
          field={field}
        />
      )}
      {access.kind === "reads" && (
        <p className="bar">You can read here. Somebody who runs the room can let you write.</p>
      )}
      {access.kind === "archived" && (
        <p className="bar">This room is archived: it can be read, and nobody writes in it.</p>
      )}
      {access.kind === "stranger" && room.room !== null && <JoinBar room={room.room} />}
      {access.kind === "closed" && <ClosedBar room={known} />}
    </div>
  );
}
