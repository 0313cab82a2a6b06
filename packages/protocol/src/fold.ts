import type { Event, Message } from "./model.ts";

/**
 * The message as it is after this event of its room's log: itself where the event
 * does not concern it. A message's whole story folded in, from its `message.posted`
 * on, is the message as pages show it; server and SDK both use this.
 */
export function fold(message: Message, event: Event): Message {
  switch (event.type) {
    case "message.posted":
      return event.thread === message.seq ? withReply(message, event) : message;
    case "message.edited":
      return event.target === message.seq ? edited(message, event) : message;
    case "message.deleted":
      if (event.thread === message.seq) return withoutReply(message);
      return event.target === message.seq ? deleted(message, event.at) : message;
    case "message.pinned":
    case "message.unpinned":
      if (event.target !== message.seq) return message;
      return { ...message, pinned: event.type === "message.pinned" };
    case "reaction.added":
    case "reaction.removed":
      return event.target === message.seq ? reacted(message, event) : message;
    case "member.joined":
    case "member.left":
    case "member.removed":
    case "member.changed":
    case "room.updated":
    case "room.cleared":
    case "event.unreadable":
    default:
      return message;
  }
}

function edited(
  message: Message,
  { text, at, mentions }: Extract<Event, { type: "message.edited" }>,
): Message {
  const { mentions: _, ...rest } = message;
  return { ...rest, text, editedAt: at, ...(mentions && { mentions }) };
}

/** What is left of a deleted message: its place, its author, and its thread. */
export function deleted(message: Message, at: number): Message {
  const { mentions: _, ...rest } = message;
  const emptied = { text: "", files: [], reactions: {}, editedAt: null, pinned: false };
  return { ...rest, ...emptied, deletedAt: at };
}

function reacted(
  message: Message,
  { type, emoji, by }: Extract<Event, { type: "reaction.added" | "reaction.removed" }>,
): Message {
  const { [emoji]: users = [], ...others } = message.reactions;
  const left = users.filter((user) => user !== by);
  // In the order in which each emoji came first.
  if (type === "reaction.added")
    return { ...message, reactions: { ...message.reactions, [emoji]: [...left, by] } };
  return {
    ...message,
    reactions: left.length > 0 ? { ...message.reactions, [emoji]: left } : others,
  };
}

function withReply(message: Message, { seq, at }: { seq: number; at: number }): Message {
  return { ...message, replies: { count: (message.replies?.count ?? 0) + 1, seq, at } };
}

function withoutReply(message: Message): Message {
  const { replies } = message;
  return replies ? { ...message, replies: { ...replies, count: replies.count - 1 } } : message;
}
