import type { Status } from "@snug/protocol";
import type { Chat } from "../api.ts";
import { useReadable } from "./use-readable.ts";

/** How people are with whom one shares a room, by their ids. */
export function usePeople(chat: Chat): Readonly<Record<string, Status>> {
  return useReadable(chat.people);
}
