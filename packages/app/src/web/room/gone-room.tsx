import type { RoomView } from "@snug/client/react";
import { GENERAL, type RoomKind } from "@snug/protocol";
import { useEffect, useRef } from "react";
import { draftsOf } from "../composer/drafts.ts";
import { closeDraft, editsBy, openDraft } from "../composer/draft.ts";
import { CopyButton } from "../copy/copy-button.tsx";
import { isFocusLost } from "../focus-first.ts";
import { RoomLink } from "../rooms/room-link.tsx";

/** In the place of a room that was destroyed. What one wrote and nobody got can be saved, unless it was meant to go. */
export function GoneRoom({
  user,
  roomId,
  kind,
  room,
}: {
  user: string;
  roomId: string;
  kind: RoomKind | null;
  room: RoomView;
}) {
  const { messages, discard } = room;
  const passing = kind === "ephemeral";
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isFocusLost()) place.current?.focus();
  }, []);
  useEffect(() => {
    if (!passing) return;
    closeDraft(draftsOf("ephemeral"), user, roomId);
    for (const message of messages) if (message.seq === null) discard(message.key);
  }, [passing, user, roomId, messages, discard]);
  const unsent = messages.flatMap(({ seq, text }) => (seq === null ? [text] : []));
  const left = passing
    ? ""
    : [...unsent, ...begun(user, roomId)].filter((text) => text !== "").join("\n\n");
  return (
    <div className="conversation">
      <div ref={place} className="empty" role="status" tabIndex={-1}>
        <p className="empty-title">This room is gone</p>
        <p className="soft">
          {passing
            ? "It has ended, and everything said in it is erased."
            : "It was destroyed, and everything said in it with it."}
        </p>
        {left !== "" && (
          <div className="left-over">
            <p>You had written, and nobody got:</p>
            <blockquote dir="auto">{left}</blockquote>
            <CopyButton text={left} />
          </div>
        )}
        <p>
          <RoomLink room={GENERAL}>Go to general</RoomLink>
        </p>
      </div>
    </div>
  );
}

function begun(user: string, roomId: string): string[] {
  const drafts = draftsOf("public");
  const edits = editsBy(drafts, user).filter(({ room }) => room === roomId);
  return [...edits.map(({ text }) => text), openDraft(drafts, user, roomId).text];
}
