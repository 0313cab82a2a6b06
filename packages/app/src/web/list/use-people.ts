import type { ChatMessage } from "@snug/client";
import type { User } from "@snug/protocol";
import { useMemo } from "react";
import type { People } from "../text/mention.tsx";

/** Those who wrote here; of somebody else's id a text can only say that it is somebody. */
export function usePeople(messages: readonly ChatMessage[], me: User): People {
  return useMemo(() => {
    const names = new Map([[me.id as string, me.name]]);
    for (const { author } of messages) if (author) names.set(author.id, author.name);
    return { nameOf: (id) => names.get(id), me };
  }, [messages, me]);
}
