import type { Chat, Event } from "@snug/client";
import { useEffect, useRef } from "react";
import { useAnswer } from "../use-answer.ts";

const changes: readonly Event["type"][] = [
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
];

/** The first change is asked about at once, and those that follow it together. */
const GATHER_MS = 300;

/** Who is in the room and as what, asked again whenever that changes. */
export function useMembers(chat: Chat, room: string) {
  const answer = useAnswer(room, () => chat.call("GET /v1/rooms/:room/members", { room }));
  const again = useRef(answer.again);
  again.current = answer.again;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stale = false;
    const ask = () => {
      stale = timer !== undefined;
      if (stale) return;
      again.current();
      timer = setTimeout(() => {
        timer = undefined;
        if (stale) ask();
      }, GATHER_MS);
    };
    const undo = changes.map((type) => chat.room(room).on(type, ask));
    return () => {
      clearTimeout(timer);
      for (const each of undo) each();
    };
  }, [chat, room]);
  return answer;
}
