import type { Chat } from "@snug/client";
import { useConnection } from "@snug/client/react";
import type { User } from "@snug/protocol";
import { useState } from "react";
import { ConnectionBanner } from "./connection/connection-banner.tsx";
import { Arrival } from "./entrance/arrival.tsx";
import { Entrance } from "./entrance/entrance.tsx";
import { Inside } from "./inside.tsx";
import { Notice } from "./notice.tsx";
import { PageSkeleton } from "./skeleton.tsx";
import { useAddress } from "./use-address.ts";
import { useDoors } from "./use-doors.ts";

export function App({ chat }: { chat: Chat }) {
  const connection = useConnection(chat);
  const address = useAddress();
  const doors = useDoors(chat, connection);
  // Coming in may pass through other states; the form, and what was typed, stay until it is decided.
  const [arriving, setArriving] = useState(false);
  // So does a guest who becomes an account: the guest's session ends a moment before the next begins.
  const [settling, setSettling] = useState(false);
  const refused = connection.status === "refused" && !settling;
  const user = useLastUser(refused, connection.user);

  if (arriving || (refused && connection.problem.code === "unauthorized")) {
    return <Entrance chat={chat} doors={doors} address={address} onArriving={setArriving} />;
  }
  if (refused) {
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
  if (address.invite !== null) {
    return <Arrival chat={chat} room={address.room} invite={address.invite} />;
  }
  return (
    <Inside
      key={user.id}
      chat={chat}
      user={user}
      doors={doors}
      address={address}
      onSettling={setSettling}
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
