import type { SentMessage } from "@snug/client";
import { type NameOf, parseMarkdown, plainText } from "@snug/protocol";
import { useFound } from "@snug/client/react";
import { useHouse } from "../house.ts";
import { ReplyIcon } from "../icons.tsx";
import { useDeeds } from "./deeds-context.ts";

/** The message that this one answers, in one line; leads to it. */
export function Quote({ message, seq }: { message: SentMessage; seq: number }) {
  const { room, follow } = useDeeds();
  return (
    <button type="button" className="quote" onClick={() => follow(message, seq)}>
      <ReplyIcon />
      <span className="hidden">In answer to </span>
      <QuotedLine room={room} seq={seq} />
    </button>
  );
}

/** Who said it, and how it begins; as high before it is known. */
export function QuotedLine({ room, seq }: { room: string; seq: number }) {
  const { chat } = useHouse();
  const { nameOf } = useDeeds();
  const { status, message } = useFound(chat, room, seq);
  if (message === null) {
    return (
      <span className="quoted">{status === "loading" ? "…" : "A message that is not there"}</span>
    );
  }
  // By whom, the log says and the message does not: it may have been a moderator.
  if (message.deletedAt !== null) return <span className="quoted">This message was deleted</span>;
  return (
    <span className="quoted">
      <bdi className="quoted-author">{message.author?.name ?? "Someone"}</bdi>{" "}
      <bdi>{firstLine(message.text, nameOf)}</bdi>
    </span>
  );
}

/** Enough of a text for one line, without its marks. */
export const firstLine = (text: string, nameOf: NameOf) =>
  plainText(parseMarkdown(text.slice(0, 1_000)), nameOf)
    .trim()
    .replaceAll(/\s+/g, " ")
    .slice(0, 200);
