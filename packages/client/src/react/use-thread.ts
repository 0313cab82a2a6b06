import { useMemo } from "react";
import type { Chat, ChatThread, ThreadState } from "../api.ts";
import { useReadable } from "./use-readable.ts";

export type ThreadView = ThreadState & Omit<ChatThread, "seq" | "state" | "messages">;

/** A thread's state, and what can be done in it. Follows it while it is drawn. */
export function useThread(chat: Chat, room: string, seq: number): ThreadView {
  const thread = chat.room(room).thread(seq);
  const state = useReadable(thread.state);
  return useMemo(() => {
    const { post, loadOlder, loadNewer, loadAround, loadLatest, markRead, uploads } = thread;
    return { ...state, post, loadOlder, loadNewer, loadAround, loadLatest, markRead, uploads };
  }, [thread, state]);
}
