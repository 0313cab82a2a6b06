import type { RoomState } from "@snug/client";
import type { RoomView } from "@snug/client/react";
import type { Ref } from "react";
import { MessagesSkeleton } from "../skeleton.tsx";
import { LoadedList, type MessageListHandle } from "./loaded-list.tsx";

/** The middle of the page: messages, or why there are none. */
export function MessageList({
  ref,
  room,
  name,
  writes,
  onJump,
  onDone,
}: {
  ref: Ref<MessageListHandle>;
  room: RoomView;
  name: string;
  writes: boolean;
  onJump: () => void;
  /** A button was pressed that is gone now: the focus needs a place. */
  onDone: () => void;
}) {
  if (room.messages.length > 0) {
    return <LoadedList ref={ref} room={room} name={name} onJump={onJump} onDone={onDone} />;
  }
  return (
    <div className="conversation">
      <div className="log" role="log" aria-label="Messages" aria-live="off" tabIndex={0}>
        <NoMessages room={room} name={name} writes={writes} />
      </div>
    </div>
  );
}

function NoMessages({ room, name, writes }: { room: RoomState; name: string; writes: boolean }) {
  // Why, and what to do, stands below.
  if (room.status === "refused") return null;
  if (room.older === "none") {
    return (
      <div className="empty">
        <p className="empty-title">
          Nobody has said anything in <bdi>{name}</bdi> yet
        </p>
        {writes && (
          <p className="soft">
            Say hello below.{" "}
            {room.room?.kind === "ephemeral"
              ? "It is all erased when the room ends."
              : "Whoever comes later will find it here."}
          </p>
        )}
      </div>
    );
  }
  return <MessagesSkeleton />;
}
