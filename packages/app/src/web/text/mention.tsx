import type { Mention as MentionNode } from "@snug/protocol";
import { createContext, useContext } from "react";
import { type Called, isCalled } from "./called.ts";

/** Whom a text may name: what the room knows of people, and who is looking. */
export interface People {
  /** What somebody is called here, by their id. */
  readonly nameOf: (id: string) => string | undefined;
  readonly usernameOf: (id: string) => string | undefined;
  readonly me: { readonly id: string; readonly username?: string | undefined };
}

export const PeopleContext = createContext<People>({
  nameOf: () => undefined,
  usernameOf: () => undefined,
  me: { id: "" },
});

/** Whom the message calls that is drawn. */
export const CalledContext = createContext<Called>(null);

export function Mention({ mention }: { mention: MentionNode }) {
  const { nameOf, usernameOf, me } = useContext(PeopleContext);
  const text = mention.kind === "id" ? `@${nameOf(mention.of) ?? "somebody"}` : mention.text;
  if (!isCalled(mention, useContext(CalledContext), usernameOf)) return <bdi>{text}</bdi>;
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
