import type { Chat, Directory } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** The public rooms, and one's own. */
export function useDirectory(chat: Chat): Directory {
  return useReadable(chat.directory);
}
