import type { SentMessage } from "@snug/client";
import type { Role } from "@snug/protocol";

/** What can be done with a message; `more` shows all of them. */
export type Deed =
  | "react"
  | "reply"
  | "thread"
  | "edit"
  | "copy text"
  | "copy link"
  | "forward"
  | "pin"
  | "mark unread"
  | "history"
  | "delete"
  | "more";

/** As what one looks at the messages. */
export interface Standing {
  /** `null`: a stranger who looks in. */
  readonly role: Role | null;
  readonly archived: boolean;
  /** Of a thread, not of the room. */
  readonly inThread: boolean;
  /** Of a thread whose beginning is gone: nothing is added to it. */
  readonly ended: boolean;
}

/** Whether it is offered; the server decides, and this only keeps from offering in vain. */
export function isOffered(deed: Deed, message: SentMessage, standing: Standing): boolean {
  const { role, archived, inThread, ended } = standing;
  const writes = role !== null && role !== "reader";
  const moderates = role === "owner" || role === "moderator";
  const isThere = message.deletedAt === null;
  switch (deed) {
    case "more":
      return isThere;
    case "thread":
      return !inThread && (message.replies !== undefined || (isThere && writes && !archived));
    case "reply":
      return isThere && writes && !archived && !ended;
    case "react":
    case "pin":
      return isThere && writes && !archived;
    case "edit":
      return isThere && message.mine && writes && !archived;
    case "delete":
      return isThere && (moderates || (message.mine && writes));
    case "copy text":
      return isThere && message.text !== "";
    case "copy link":
    case "forward":
      return isThere;
    case "history":
      return isThere && message.editedAt !== null;
    case "mark unread":
      return role !== null && !inThread;
  }
}
