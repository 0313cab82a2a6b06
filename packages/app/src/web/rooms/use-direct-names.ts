import type { Chat, Inbox } from "@snug/client";
import { useEffect, useRef, useState } from "react";
import type { DirectNames } from "./title.ts";

/** Asks once for each direct room who is in it: the room itself has no name. */
export function useDirectNames(chat: Chat, inbox: Inbox, me: string): DirectNames {
  const [names, setNames] = useState<DirectNames>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    for (const { room } of inbox.rooms) {
      if (room.kind !== "direct" || asked.current.has(room.id)) continue;
      asked.current.add(room.id);
      void chat.call("GET /v1/rooms/:room/members", { room: room.id }).then((answer) => {
        if (!answer.ok) return asked.current.delete(room.id);
        const others = answer.value.members.filter(({ user }) => user.id !== me);
        const name = others
          .map(({ user }) => user.name)
          .sort((one, other) => one.localeCompare(other))
          .join(", ");
        const other = others.length === 1 ? (others[0]?.user.id ?? null) : null;
        const company = { name: name || "Nobody else", other };
        return setNames((before) => new Map(before).set(room.id, company));
      });
    }
  }, [chat, inbox, me]);
  return names;
}
