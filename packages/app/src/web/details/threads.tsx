import { useFound } from "@snug/client/react";
import type { NameOf, Room } from "@snug/protocol";
import { momentOf } from "../clock/when.ts";
import { inOneLine } from "../deeds/quote.tsx";
import { useHouse } from "../house.ts";
import { badgeText } from "../rooms/call.ts";
import { useAnswer } from "../use-answer.ts";
import { useHeard } from "../use-heard.ts";
import { Waiting } from "../waiting.tsx";

/** The threads that one began, answered in or was called into, the newest reply first. */
export function Threads({ room, onThread }: { room: Room; onThread: (seq: number) => void }) {
  const { chat } = useHouse();
  const { value, problem, again } = useAnswer(room.id, () =>
    chat.call("GET /v1/rooms/:room/threads", { room: room.id }),
  );
  useHeard(
    room.id,
    ["message.posted", "message.edited", "message.deleted", "room.cleared"],
    again,
    (event) => event.type !== "message.posted" || event.thread !== null,
  );
  if (value === null) return <Waiting problem={problem?.detail} onAgain={again} />;
  const { threads, unreadable = [] } = value;
  if (threads.length + unreadable.length === 0) {
    return (
      <p className="soft">None yet. You follow what you begin, answer in or are called into.</p>
    );
  }
  const nameOf = (id: string) => (value.users[id] ?? chat.room(room.id).user(id))?.name;
  return (
    <ul className="found">
      {threads.map(({ message, unread }) => (
        <li key={message.seq}>
          <button type="button" onClick={() => onThread(message.seq)}>
            <span className="found-head">
              <bdi className="quoted-author">{value.users[message.by]?.name ?? "Someone"}</bdi>
              <small className="soft">
                {message.replies?.count === 1
                  ? "1 reply"
                  : `${message.replies?.count ?? 0} replies`}
                {message.replies !== undefined && ` · ${momentOf(message.replies.at)}`}
              </small>
              <Unread count={unread} />
            </span>
            {message.deletedAt === null ? (
              <bdi className="found-text">{inOneLine(message, nameOf)}</bdi>
            ) : (
              <>
                <span className="found-text tombstone">This message was deleted</span>
                {message.replies && <LastReply seq={message.replies.seq} nameOf={nameOf} />}
              </>
            )}
          </button>
        </li>
      ))}
      {unreadable.map(({ seq, unread }) => (
        <li key={seq}>
          <button type="button" onClick={() => onThread(seq)}>
            <span className="found-head">
              <span className="soft">Its first message could not be read</span>
              <Unread count={unread} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <>
      <span className="badge" aria-hidden="true">
        {badgeText(count)}
      </span>
      <span className="hidden">, {count} unread</span>
    </>
  );
}

/** By which one knows a thread whose beginning is gone. */
function LastReply({ seq, nameOf }: { seq: number; nameOf: NameOf }) {
  const { chat, roomId } = useHouse();
  const { message } = useFound(chat, roomId, seq);
  if (message === null || message.deletedAt !== null) return null;
  return (
    <span className="found-text">
      <bdi className="quoted-author">{message.author?.name ?? "Someone"}</bdi>{" "}
      <bdi>{inOneLine(message, nameOf)}</bdi>
    </span>
  );
}
