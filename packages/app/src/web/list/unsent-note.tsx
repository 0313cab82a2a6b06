import type { UnsentMessage } from "@snug/client";
import { ClockIcon, WarningIcon } from "../icons.tsx";
import { CopyButton } from "../copy/copy-button.tsx";
import { useLate } from "../use-late.ts";

/** What leaves by then never says that it waits. */
export const WAITING_AFTER_MS = 400;

/** Why a message is not sent yet, and what one can do. While it is on its way there is nothing to say. */
export function UnsentNote({
  message,
  connected,
  onRetry,
  onDiscard,
}: {
  message: UnsentMessage;
  connected: boolean;
  onRetry: (key: string) => void;
  onDiscard: (key: string) => void;
}) {
  switch (message.state) {
    case "sending":
      return null;
    case "waiting":
      return <WaitingNote reason={waitsFor(message, connected)} />;
    case "failed":
      return (
        <div className="unsent-note failed">
          <p>
            <WarningIcon />
            <span>Not sent. {message.problem?.detail}</span>
          </p>
          <div className="unsent-actions">
            <button type="button" className="plain" onClick={() => onRetry(message.key)}>
              Retry
            </button>
            {message.text !== "" && <CopyButton text={message.text} />}
            <button type="button" className="plain" onClick={() => onDiscard(message.key)}>
              Delete
            </button>
          </div>
        </div>
      );
  }
}

/** Null while it only waits for its turn. */
function waitsFor({ problem }: UnsentMessage, connected: boolean): string | null {
  if (!connected) return "Waiting for the connection";
  return problem === null || problem.code === "no_connection" ? null : problem.detail;
}

function WaitingNote({ reason }: { reason: string | null }) {
  const late = useLate(reason !== null, WAITING_AFTER_MS);
  if (!late) return null;
  return (
    <p className="unsent-note">
      <ClockIcon /> {reason}
    </p>
  );
}
