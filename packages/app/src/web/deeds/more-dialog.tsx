import type { SentMessage } from "@snug/client";
import { AskOnce } from "../form/ask-once.tsx";
import { type Deed, isOffered } from "./deed.ts";
import { useDeeds } from "./deeds-context.ts";
import { inOneLine } from "./quote.tsx";
import { QuickSigns } from "./quick-signs.tsx";

/** All that can be done with a message. */
export function MoreDialog({ message }: { message: SentMessage }) {
  const { act, standing, nameOf } = useDeeds();
  const ways: readonly (readonly [Deed, string])[] = [
    ["reply", "Reply"],
    ["thread", message.replies === undefined ? "Reply in a thread" : "Open its thread"],
    ["edit", "Edit"],
    ["copy text", "Copy the text"],
    ["copy link", "Copy a link to it"],
    ["forward", "Forward to another room"],
    ["pin", message.pinned ? "Unpin" : "Pin to the room"],
    ["mark unread", "Mark unread from here"],
    ["history", "What it said before"],
  ];
  const what = message.files.length > 0 ? "Its text and files are" : "Its text is";
  return (
    <>
      <p className="about-message">
        <bdi className="quoted-author">{message.author?.name ?? "Someone"}</bdi>{" "}
        <bdi className="soft">{inOneLine(message, nameOf)}</bdi>
      </p>
      {isOffered("react", message, standing) && <QuickSigns message={message} more />}
      <ul className="ways">
        {ways.map(
          ([deed, label]) =>
            isOffered(deed, message, standing) && (
              <li key={deed}>
                <button type="button" onClick={() => act(deed, message)}>
                  {label}
                </button>
              </li>
            ),
        )}
      </ul>
      {isOffered("delete", message, standing) && (
        <AskOnce
          label="Delete"
          question={
            message.mine
              ? `${what} erased for everybody. That it was there stays to be seen.`
              : `${what} erased for everybody. That something was said here stays to be seen.`
          }
          yes="Delete it"
          busy={false}
          onYes={() => act("delete", message)}
        />
      )}
    </>
  );
}
