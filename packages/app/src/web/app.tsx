import type { Chat } from "@snug/client";
import { useConnection } from "@snug/client/react";
import { GENERAL, type User } from "@snug/protocol";
import { useState } from "react";
import { ConnectionBanner } from "./connection/connection-banner.tsx";
import { Entrance } from "./entrance.tsx";
import { Notice } from "./notice.tsx";
import { RoomPage } from "./room-page.tsx";
import { PageSkeleton } from "./skeleton.tsx";

export function App({ chat }: { chat: Chat }) {
  const connection = useConnection(chat);
  const user = useLastUser(connection.status === "refused", connection.user);
  const [roomId, setRoomId] = useState<string>(GENERAL);
  // Becoming a guest may pass through other states; the form, and what was typed, stay until it is decided.
  const [arriving, setArriving] = useState(false);

  if (arriving || (connection.status === "refused" && connection.problem.code === "unauthorized")) {
    return <Entrance chat={chat} onArriving={setArriving} />;
  }
  if (connection.status === "refused") {
    const outdated = connection.problem.code === "outdated";
    return outdated ? (
      <Notice
        title="This page is older than the server"
        detail="Reload to get the new one. What waits to be sent stays kept."
        action="Reload"
        onAction={() => location.reload()}
      />
    ) : (
      <Notice
        title="You cannot come in"
        detail={connection.problem.detail}
        action="Try again"
        onAction={() => chat.reconnect()}
      />
    );
  }
  if (user === null) {
    return (
      <PageSkeleton>
        <ConnectionBanner connection={connection} onTryNow={() => chat.reconnect()} />
      </PageSkeleton>
    );
  }
  return (
    <RoomPage
      key={`${user.id} ${roomId}`}
      chat={chat}
      user={user}
      roomId={roomId}
      onRoom={setRoomId}
    />
  );
}

/** Who was signed in last, so that a break in the connection does not empty the page. */
function useLastUser(refused: boolean, present: User | null): User | null {
  const [last, setLast] = useState(present);
  const user = refused ? null : (present ?? last);
  if (user !== last) setLast(user);
  return user;
}
