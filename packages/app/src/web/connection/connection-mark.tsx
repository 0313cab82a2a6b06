import type { ConnectionState } from "@snug/client";

const words = {
  live: "Connected",
  connecting: "Connecting",
  offline: "Offline",
  refused: "Signed out",
} as const satisfies Record<ConnectionState["status"], string>;

/** A dot and a word. */
export function ConnectionMark({ status }: { status: ConnectionState["status"] }) {
  return (
    <span className="connection-mark" data-status={status}>
      <i aria-hidden="true" />
      <span>{words[status]}</span>
    </span>
  );
}
