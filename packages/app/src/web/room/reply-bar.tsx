import type { SentMessage } from "@snug/client";
import { useDeeds } from "../deeds/deeds-context.ts";
import { inOneLine } from "../deeds/quote.tsx";
import { CloseIcon, ReplyIcon } from "../icons.tsx";

/** Whom the next message answers. */
export function ReplyBar({ message, onCancel }: { message: SentMessage; onCancel: () => void }) {
  const { nameOf } = useDeeds();
  return (
    <div className="reply-bar">
      <ReplyIcon />
      <p className="quoted">
        <span className="hidden">Answering </span>
        <bdi className="quoted-author">{message.author?.name ?? "Someone"}</bdi>{" "}
        <bdi>{inOneLine(message, nameOf)}</bdi>
      </p>
      <button type="button" className="bare" aria-label="Do not answer it" onClick={onCancel}>
        <CloseIcon />
      </button>
    </div>
  );
}
