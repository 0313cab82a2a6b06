import { useMemo } from "react";
import type { Chat, ChatThread, ThreadState } from "../api.ts";
import { drawing, useInFrames } from "./use-in-frames.ts";

export type ThreadView = ThreadState & Omit<ChatThread, "seq" | "state" | "messages">;

/** A thread's state, and what can be done in it. Follows it while it is drawn. */
export function useThread(chat: Chat, room: string, seq: number): ThreadView {
  const thread = chat.room(room).thread(seq);
  const state = useInFrames(thread.state);
  const able = useMemo(() => {
    const { post, loadOlder, loadNewer, loadAround, loadLatest, markRead, uploads } = thread;
    return drawing({ post, loadOlder, loadNewer, loadAround, loadLatest, markRead, uploads });
  }, [thread]);
  return useMemo(() => ({ ...state, ...able }), [state, able]);
}
