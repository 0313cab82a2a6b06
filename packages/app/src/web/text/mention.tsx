import type { Mention as MentionNode } from "@snug/protocol";
import { createContext, use } from "react";

/** Whom a text may name: what the room knows of people, and who is looking. */
export interface People {
  /** What somebody is called here, by their id. */
  readonly nameOf: (id: string) => string | undefined;
  readonly me: { readonly id: string; readonly username?: string | undefined };
}

export const PeopleContext = createContext<People>({
  nameOf: () => undefined,
  me: { id: "" },
});

export function Mention({ mention }: { mention: MentionNode }) {
  const { nameOf, me } = use(PeopleContext);
  const text = mention.kind === "id" ? `@${nameOf(mention.of) ?? "somebody"}` : mention.text;
  return (
    <bdi className="mention" data-me={isMe(mention, me) || undefined}>
      {text}
    </bdi>
  );
}

function isMe(mention: MentionNode, me: People["me"]): boolean {
  switch (mention.kind) {
    case "id":
      return mention.of === me.id;
    case "username":
      return mention.of.toLowerCase() === me.username?.toLowerCase();
    case "here":
    case "room":
      return true;
  }
}
