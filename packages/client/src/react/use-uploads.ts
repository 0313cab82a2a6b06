import { useMemo } from "react";
import type { MessageList, PendingUpload, Uploads } from "../api.ts";
import { useReadable } from "./use-readable.ts";

export interface UploadsView extends Omit<Uploads, "items"> {
  readonly items: readonly PendingUpload[];
}

/** The files that go with the next message of a room or thread, and what can be done with them. */
export function useUploads({ uploads }: Pick<MessageList, "uploads">): UploadsView {
  const items = useReadable(uploads.items);
  return useMemo(() => ({ ...uploads, items }), [uploads, items]);
}
