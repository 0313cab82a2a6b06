import type { SentMessage } from "@snug/client";
import { clockTime, dayName, momentOf } from "../clock/when.ts";
import { useDeeds } from "../deeds/deeds-context.ts";
import { ThreadIcon } from "../icons.tsx";

/** Below a message that began a thread: how much was said in it. */
export function ThreadNote({ message }: { message: SentMessage }) {
  const { act, standing } = useDeeds();
  const { replies } = message;
  if (replies === undefined || standing.inThread) return null;
  const time =
    dayName(replies.at) === dayName(message.at) ? clockTime(replies.at) : momentOf(replies.at);
  return (
    <button type="button" className="thread-note" onClick={() => act("thread", message)}>
      <ThreadIcon />
      <span>{replies.count === 1 ? "1 reply" : `${replies.count} replies`}</span>
      {/* When that was, a server that renders it does not know. */}
      {time !== "" && <span className="soft">last {time}</span>}
    </button>
  );
}
