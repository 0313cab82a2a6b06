import type { Room } from "@snug/protocol";
import { type ComponentProps, useState } from "react";
import { MessagesSkeleton } from "../skeleton.tsx";
import { type Listed, LoadedList } from "./loaded-list.tsx";

/** The middle of the page: messages, or why there are none. */
export function MessageList({
  room,
  writes,
  ...rest
}: ComponentProps<typeof LoadedList> & {
  room: Room | null;
  writes: boolean;
}) {
  const { list, name } = rest;
  const [hadSome, setHadSome] = useState(false);
  if (!hadSome && list.messages.some(({ seq }) => seq !== null)) setHadSome(true);
  if (list.messages.length > 0) return <LoadedList {...rest} />;
  return (
    <div className="conversation">
      <div className="log" role="log" aria-label="Messages" aria-live="off" tabIndex={0}>
        <NoMessages list={list} room={room} name={name} writes={writes} cleared={hadSome} />
      </div>
    </div>
  );
}

function NoMessages({
  list,
  room,
  name,
  writes,
  cleared,
}: {
  list: Listed;
  room: Room | null;
  name: string;
  writes: boolean;
  cleared: boolean;
}) {
  // Why, and what to do, stands below.
  if (list.status === "refused") return null;
  if (list.older === "none") {
    return (
      <div className="empty">
        <p className="empty-title">
          {cleared ? "Everything said" : "There is nothing to read"} in <bdi>{name}</bdi>
          {cleared && " is erased"}
        </p>
        {writes && (
          <p className="soft">
            Say hello below.{" "}
            {room?.kind === "ephemeral"
              ? "It is all erased when the room ends."
              : "Whoever comes later will find it here."}
          </p>
        )}
      </div>
    );
  }
  return <MessagesSkeleton />;
}
