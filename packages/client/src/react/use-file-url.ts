import { useMemo } from "react";
import type { Chat } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** Where a file is, for `<img>` and the like; `null` until it is known. */
export function useFileUrl(chat: Chat, id: string, { preview = false } = {}): string | null {
  return useReadable(useMemo(() => chat.fileUrl(id, { preview }), [chat, id, preview]));
}
