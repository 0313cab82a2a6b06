import type { Chat, ConnectionState } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** How the connection is, and as whom. Connects while it is drawn. */
export function useConnection(chat: Chat): ConnectionState {
  return useReadable(chat.connection);
}
