import type { Chat, Event } from "@snug/client";
import { useEffect, useRef } from "react";
import { useAnswer } from "../use-answer.ts";

const changes: readonly Event["type"][] = [
  "member.joined",
  "member.left",
  "member.removed",
  "member.changed",
];

/** Who is in the room and as what, asked again whenever that changes. */
export function useMembers(chat: Chat, room: string) {
  const answer = useAnswer(room, () => chat.call("GET /v1/rooms/:room/members", { room }));
  const again = useRef(answer.again);
  again.current = answer.again;
  useEffect(() => {
    const undo = changes.map((type) => chat.room(room).on(type, () => again.current()));
    return () => {
      for (const each of undo) each();
    };
  }, [chat, room]);
  return answer;
}
