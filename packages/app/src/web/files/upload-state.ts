import type { PendingUpload } from "@snug/client";

/** How it is with a file that is to be sent, as people are told. */
export type UploadState = "sending" | "waits" | "sent" | "failed";

/** Without a connection nothing has failed yet: it is tried again once there is one. */
export function stateOf({ state, problem }: PendingUpload, live: boolean): UploadState {
  return state === "failed" && problem?.code === "no_connection" && !live ? "waits" : state;
}

/** Of all of them together: what keeps a message from leaving. */
export function stateOfAll(items: readonly PendingUpload[], live: boolean): UploadState {
  const states = items.map((item) => stateOf(item, live));
  return (["failed", "waits", "sending"] as const).find((one) => states.includes(one)) ?? "sent";
}
