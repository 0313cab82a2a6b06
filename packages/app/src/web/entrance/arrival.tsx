import type { Chat, ClientProblem } from "@snug/client";
import { GENERAL } from "@snug/protocol";
import { useEffect, useState } from "react";
import { Notice } from "../notice.tsx";
import { PageSkeleton } from "../skeleton.tsx";
import { goTo } from "../use-address.ts";

/** Somebody who is signed in opened an invite: they join, and are there. */
export function Arrival({ chat, room, invite }: { chat: Chat; room: string; invite: string }) {
  const [problem, setProblem] = useState<ClientProblem | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let over = false;
    setProblem(null);
    void chat.call("PUT /v1/rooms/:room/members/me", { room, body: { invite } }).then((joined) => {
      if (over) return;
      if (joined.ok) goTo(room, { replace: true });
      else setProblem(joined.error);
    });
    return () => {
      over = true;
    };
  }, [chat, room, invite, round]);
  if (problem === null) return <PageSkeleton />;
  const passes = problem.code === "room_full" || problem.code === "no_connection";
  return (
    <Notice
      title={titles[problem.code] ?? "This invite lets nobody in"}
      detail={problem.detail}
      action={passes ? "Try again" : "Go to the rooms"}
      onAction={() => (passes ? setRound(round + 1) : goTo(GENERAL, { replace: true }))}
    />
  );
}

const titles: Partial<Record<ClientProblem["code"], string>> = {
  room_gone: "This room is gone",
  room_full: "This room is full",
  no_connection: "No answer",
};
