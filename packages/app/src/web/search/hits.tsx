import type { SearchHit } from "@snug/client";
import { useDirectory } from "@snug/client/react";
import { Fragment } from "react";
import { pathOf } from "../address.ts";
import { machineTime, momentOf } from "../clock/when.ts";
import { useHouse } from "../house.ts";
import { isPlain } from "../rooms/room-link.tsx";
import { named } from "./named.ts";
import { runsOf } from "./runs.ts";

/** The hit that was opened last. */
export interface Opened {
  readonly room: string;
  readonly seq: number;
}

/** What was found, under the names of its rooms; each leads to its place. */
export function Hits({
  hits,
  opened,
  onOpen,
}: {
  hits: readonly SearchHit[];
  opened: Opened | null;
  onOpen: (hit: Opened) => void;
}) {
  const { chat, inbox, titleOf } = useHouse();
  const { rooms } = useDirectory(chat);
  const titleIn = (id: string) => {
    const own = inbox.rooms.find(({ room }) => room.id === id)?.room;
    const room = own ?? rooms.find((each) => each.id === id);
    return room === undefined ? "Another room" : titleOf(room);
  };
  return runsOf(hits).map(({ room, hits: run }) => (
    <div key={`${room} ${run[0]?.message.seq}`}>
      <h3>
        <bdi>{titleIn(room)}</bdi>
      </h3>
      <ul>
        {run.map((hit) => (
          <li key={hit.message.seq}>
            <Hit
              hit={hit}
              isOpened={opened?.room === room && opened.seq === hit.message.seq}
              onOpen={onOpen}
            />
          </li>
        ))}
      </ul>
    </div>
  ));
}

function Hit({
  hit: { room, message, author, users, highlight },
  isOpened,
  onOpen,
}: {
  hit: SearchHit;
  isOpened: boolean;
  onOpen: (hit: Opened) => void;
}) {
  const { seq, at, thread } = message;
  return (
    <a
      className="hit"
      href={pathOf(room, seq)}
      aria-current={isOpened || undefined}
      onClick={(event) => {
        if (!isPlain(event)) return;
        event.preventDefault();
        onOpen({ room, seq });
      }}
    >
      <span className="hit-head">
        <bdi className="quoted-author">{author?.name ?? "Someone"}</bdi>
        <small className="soft">
          <time dateTime={machineTime(at)}>{momentOf(at)}</time>
          {thread !== null && " · in a thread"}
        </small>
      </span>
      <bdi className="hit-text">
        {highlight.map((piece, index) =>
          // Every other one is what was looked for. Text is drawn as text, whatever is in it.
          index % 2 === 1 ? (
            <mark key={index}>{piece}</mark>
          ) : (
            <Fragment key={index}>{named(piece, users)}</Fragment>
          ),
        )}
      </bdi>
    </a>
  );
}
