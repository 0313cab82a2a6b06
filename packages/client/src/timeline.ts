import type { Message, User } from "@snug/protocol";
import type { Author, ChatMessage, SentMessage, UnreadableMessage, UnsentMessage } from "./api.ts";
import type { Entry } from "./outbox-storage.ts";

/** What one holds of a room's log, by rising `seq`; an item is the same object until it changes. */
export type Timeline = readonly (SentMessage | UnreadableMessage)[];

/** How a message is seen from here. */
export interface View {
  readonly me: string | null;
  author(id: string): Author | null;
}

/** `GET …/messages`, as far as it is drawn. */
export interface MessagePage {
  readonly messages: readonly Message[];
  readonly users: Readonly<Record<string, User>>;
  readonly cursor: string;
  readonly unreadable?: readonly number[];
}

export function fromPage({ messages, unreadable = [] }: MessagePage, view: View): Timeline {
  const items = messages.map((message) => toSent(message, view));
  if (unreadable.length === 0) return items;
  return [...items, ...unreadable.map(toUnreadable)].sort((one, other) => one.seq - other.seq);
}

/** The page before what is held; what is held already stays as it is. */
export function prepend(timeline: Timeline, page: MessagePage, view: View): Timeline {
  const first = timeline[0]?.seq ?? Infinity;
  const older = fromPage(page, view).filter(({ seq }) => seq < first);
  return older.length === 0 ? timeline : [...older, ...timeline];
}

/** These come after all that is held. */
export function append(timeline: Timeline, items: Timeline): Timeline {
  return items.length === 0 ? timeline : [...timeline, ...items];
}

/** Somebody is known now, or by another name. */
export function withAuthor(timeline: Timeline, author: Author): Timeline {
  if (!timeline.some((item) => item.state === "sent" && item.by === author.id)) return timeline;
  return timeline.map((item) =>
    item.state === "sent" && item.by === author.id ? { ...item, author } : item,
  );
}

export function toSent(message: Message, view: View): SentMessage {
  const mine = message.by === view.me;
  return {
    ...message,
    key: mine ? ownKey(message.clientId) : `${message.by}:${message.clientId}`,
    state: "sent",
    author: view.author(message.by),
    mine,
  };
}

export function toUnreadable(seq: number): UnreadableMessage {
  return {
    key: `#${seq}`,
    state: "unreadable",
    seq,
    at: null,
    text: "",
    author: null,
    mine: false,
  };
}

export function toUnsent(entry: Entry, author: Author | null): UnsentMessage {
  const { clientId, text, state, by, problem } = entry;
  return {
    key: ownKey(clientId),
    state,
    seq: null,
    at: null,
    by,
    clientId,
    text,
    author,
    mine: true,
    problem,
  };
}

/** The same from the first echo on, before and after one's own id is known. */
export function ownKey(clientId: string): string {
  return `:${clientId}`;
}

export function clientIdOf(key: string): string {
  return key.slice(1);
}

/** The whole list: the log, what is stored but not there yet, and what is still to be sent. */
export function join(
  timeline: Timeline,
  stored: readonly SentMessage[],
  unsent: readonly UnsentMessage[],
): readonly ChatMessage[] {
  return stored.length + unsent.length === 0 ? timeline : [...timeline, ...stored, ...unsent];
}
