import type { SentMessage } from "@snug/client";
import type { ReactNode } from "react";
import { EditIcon, MoreIcon, ReactIcon, ReplyIcon, ThreadIcon } from "../icons.tsx";
import { isOffered, type Deed } from "./deed.ts";
import { useDeeds } from "./deeds-context.ts";

const shown: readonly (readonly [Deed, string, ReactNode])[] = [
  ["react", "React", <ReactIcon key="react" />],
  ["reply", "Reply", <ReplyIcon key="reply" />],
  ["thread", "Reply in a thread", <ThreadIcon key="thread" />],
  ["edit", "Edit", <EditIcon key="edit" />],
  ["more", "More", <MoreIcon key="more" />],
];

/** What is done most, beside the message that one points at or stands on. */
export function ActionBar({ message }: { message: SentMessage }) {
  const { act, standing } = useDeeds();
  const offered = shown.filter(([deed]) => isOffered(deed, message, standing));
  if (offered.length === 0) return null;
  return (
    <div className="action-bar" role="group" aria-label="What to do with this message">
      {offered.map(([deed, label, icon]) => (
        <button
          key={deed}
          type="button"
          className="bare"
          data-deed={deed}
          aria-label={label}
          title={label}
          onClick={() => act(deed, message)}
        >
          {icon}
        </button>
      ))}
    </div>
  );
}
