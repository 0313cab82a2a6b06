import type { Room } from "@snug/protocol";
import type { ComponentProps } from "react";
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
  if (list.messages.length > 0) return <LoadedList {...rest} />;
  return (
    <div className="conversation">
      <div className="log" role="log" aria-label="Messages" aria-live="off" tabIndex={0}>
        <NoMessages list={list} room={room} name={name} writes={writes} />
      </div>
    </div>
  );
}

function NoMessages({
  list,
  room,
  name,
  writes,
}: {
  list: Listed;
  room: Room | null;
  name: string;
  writes: boolean;
}) {
  // Why, and what to do, stands below.
  if (list.status === "refused") return null;
  if (list.older === "none") {
    return (
      <div className="empty">
        <p className="empty-title">
          Nobody has said anything in <bdi>{name}</bdi> yet
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
