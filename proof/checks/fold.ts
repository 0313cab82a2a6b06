import type { Content, Known, KnownEvent } from "./known.ts";

/** A message as it is at some moment. */
export interface Now {
  readonly content: Content;
  /** What it says was deleted since, and nobody saw it. */
  readonly isVague: boolean;
}

/** The messages as they are once the log has come to `upTo`, by their seqs. Each kind of event is one case. */
export function foldTo(
  { events, clears }: Pick<Known, "events" | "clears">,
  upTo: number,
): Map<number, Now> {
  const messages = new Map<number, Now>();
  for (const event of events) {
    if (event.seq > upTo) break;
    take(messages, event);
  }
  const base = baseAt(clears, upTo);
  for (const seq of messages.keys()) if (seq <= base) messages.delete(seq);
  return messages;
}

/** Up to where all had been cleared away when the log came to `upTo`. */
export function baseAt(clears: Known["clears"], upTo: number): number {
  let base = 0;
  for (const [cleared, seq] of clears) if (seq <= upTo) base = Math.max(base, cleared);
  return base;
}

/** What one event makes of the messages before it. */
export function take(messages: Map<number, Now>, event: KnownEvent): void {
  const { seq, at, by, type, content, isVague } = event;
  if (type === "message.posted") {
    const { type: _, ...message } = content;
    // The log says it as it is by now.
    const undeleted = { ...message, ...("deletedAt" in message && { deletedAt: null }) };
    messages.set(seq, { content: undeleted, isVague });
    count(messages, message["thread"], 1, { seq, at });
    return;
  }
  const target = Number(content["target"]);
  const now = messages.get(target);
  if (now === undefined) return;
  const change = (made: Content, vague = now.isVague) =>
    void messages.set(target, { content: { ...now.content, ...made }, isVague: vague });
  switch (type) {
    case "message.edited": {
      const { mentions: _, ...rest } = now.content;
      const { text, mentions } = content;
      const said = { ...rest, text, editedAt: at, ...(mentions !== undefined && { mentions }) };
      return void messages.set(target, { content: said, isVague });
    }
    case "message.deleted": {
      const { mentions: _, ...rest } = now.content;
      const left = { text: "", files: [], reactions: {}, editedAt: null, pinned: false };
      messages.set(target, { content: { ...rest, ...left, deletedAt: at }, isVague: false });
      return count(messages, rest["thread"], -1);
    }
    case "message.pinned":
    case "message.unpinned":
      return change({ pinned: type === "message.pinned" });
    case "reaction.added":
    case "reaction.removed": {
      const emoji = String(content["emoji"]);
      const { [emoji]: before = [], ...others } = (now.content["reactions"] ?? {}) as Reactions;
      const users = before.filter((user) => user !== by);
      if (type === "reaction.added") users.push(by);
      return change({ reactions: users.length > 0 ? { ...others, [emoji]: users } : others });
    }
  }
}

type Reactions = Record<string, string[]>;

/** The message that began a thread counts its replies. */
function count(
  messages: Map<number, Now>,
  root: unknown,
  more: 1 | -1,
  last?: { seq: number; at: number },
): void {
  const now = messages.get(Number(root ?? 0));
  if (now === undefined) return;
  const { count: before, ...rest } = (now.content["replies"] ?? { count: 0 }) as { count: number };
  const replies = { ...rest, ...last, count: before + more };
  messages.set(Number(root), { ...now, content: { ...now.content, replies } });
}
