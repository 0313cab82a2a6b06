import { limits, type Message, type UserId } from "@snug/protocol";
import type { MessageEffect, Refused } from "./ports.ts";

type Change = Extract<MessageEffect, { readonly target: number }>;

/** Why this may not be done to the message, or that it is so already; `null`: it may. */
export function checkChange(
  message: Message,
  change: Change,
  by: UserId,
  count: { readonly pins: () => number; readonly edits: () => number },
): Refused | { kind: "unchanged" } | null {
  const isDeleted = message.deletedAt !== null;
  if (change.kind === "delete") return isDeleted ? unchanged : null;
  if (isDeleted) return notFound;
  switch (change.kind) {
    case "edit":
      if (message.text === change.text) return unchanged;
      return count.edits() >= limits.editsMax ? tooMany : null;
    case "react":
      return checkReaction(message, change, by);
    case "pin":
      if (message.pinned === change.on) return unchanged;
      return change.on && count.pins() >= limits.pinsMax ? tooMany : null;
  }
}

export const notFound: Refused = { kind: "refused", why: "message_not_found" };
export const fileNotFound: Refused = { kind: "refused", why: "file_not_found" };
const tooMany: Refused = { kind: "refused", why: "too_many" };
const unchanged = { kind: "unchanged" } as const;

function checkReaction(
  { reactions }: Message,
  { emoji, on }: Extract<Change, { kind: "react" }>,
  by: UserId,
): Refused | { kind: "unchanged" } | null {
  const users = reactions[emoji];
  if ((users?.includes(by) ?? false) === on) return unchanged;
  if (!on) return null;
  const kinds = Object.values(reactions);
  const isFull = users === undefined && kinds.length >= limits.reactionKinds;
  const count = kinds.reduce((sum, some) => sum + some.length, 0);
  return isFull || count >= limits.reactionsMax ? tooMany : null;
}
