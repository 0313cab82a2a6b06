import type { Author, ChatMessage } from "@snug/client";
import type { User } from "@snug/protocol";
import { useMemo } from "react";
import type { People } from "../text/mention.tsx";

/** Those who wrote here, or are known otherwise; of anybody else's id a text can only say that it is somebody. */
export function usePeople(
  messages: readonly ChatMessage[],
  me: User,
  known: (id: string) => Author | null,
): People {
  return useMemo(() => {
    const names = new Map([[me.id as string, me.name]]);
    for (const { author } of messages) if (author) names.set(author.id, author.name);
    return {
      nameOf: (id) => names.get(id) ?? known(id)?.name,
      usernameOf: (id) => (id === me.id ? me.username : known(id)?.username),
      me,
    };
  }, [messages, me, known]);
}
