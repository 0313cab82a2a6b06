import { fold, type Event, type Message, type User } from "@snug/protocol";
import type { Author, ChatMessage, SentMessage, UnreadableMessage, UnsentMessage } from "./api.ts";
import type { Entry } from "./outbox-storage.ts";

/** What one holds of a list, by rising `seq`; an item is the same object until it changes. */
export type Timeline = readonly (SentMessage | UnreadableMessage)[];

/** As many as a page holds. */
export const PAGE = 50;

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
  /** Its messages are as they were right after this event. */
  readonly head: number;
  readonly unreadable?: readonly number[];
}

export type Posted = Extract<Event, { type: "message.posted" }>;

export function fromPage({ messages, unreadable = [] }: MessagePage, view: View): Timeline {
  const items = messages.map((message) => toSent(message, view));
  if (unreadable.length === 0) return items;
  return [...items, ...unreadable.map(toUnreadable)].sort((one, other) => one.seq - other.seq);
}

/** What comes before what is held; what is held already stays as it is. */
export function prepend(timeline: Timeline, items: Timeline): Timeline {
  const first = timeline[0]?.seq ?? Infinity;
  const older = items.filter(({ seq }) => seq < first);
  return older.length === 0 ? timeline : [...older, ...timeline];
}

/** What comes after what is held; what is held already stays as it is. */
export function append(timeline: Timeline, items: Timeline): Timeline {
  const last = timeline.at(-1)?.seq ?? 0;
  const newer = items.filter(({ seq }) => seq > last);
  return newer.length === 0 ? timeline : [...timeline, ...newer];
}

/** The item of this number. */
export function itemAt(timeline: Timeline, seq: number): Timeline[number] | undefined {
  return timeline[indexOf(timeline, seq)];
}

/** What these events say about what is held. */
export function foldAll(timeline: Timeline, events: readonly Event[]): Timeline {
  let changed: Timeline[number][] | null = null;
  for (const event of events) {
    if (event.type === "room.cleared")
      changed = (changed ?? timeline).filter(({ seq }) => seq > event.upTo);
    for (const seq of concerned(event)) {
      const index = indexOf(changed ?? timeline, seq);
      const item = (changed ?? timeline)[index];
      if (item?.state !== "sent") continue;
      const folded = fold(item, event) as SentMessage;
      if (folded !== item) (changed ??= [...timeline])[index] = folded;
    }
  }
  return changed ?? timeline;
}

/** Messages that an event may say something about. */
function concerned(event: Event): number[] {
  const target = "target" in event ? [event.target] : [];
  return "thread" in event && event.thread ? [...target, event.thread] : target;
}

/** -1 where it is not held. */
function indexOf(timeline: Timeline, seq: number): number {
  let low = 0;
  let high = timeline.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = timeline[middle]?.seq ?? 0;
    if (at === seq) return middle;
    if (at < seq) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Those whom a message names: who wrote it, reacted, or is mentioned. */
export function namedIn({ by, mentions = [], reactions = {} }: Naming): readonly string[] {
  return [by, ...mentions, ...Object.values(reactions).flat()];
}

type Naming = Pick<Message, "by"> & Partial<Pick<Message, "mentions" | "reactions">>;

/** These are known now, or by another name: what names them is seen anew. */
export function withAuthors(timeline: Timeline, ids: ReadonlySet<string>, view: View): Timeline {
  const names = (item: Timeline[number]) =>
    item.state === "sent" && namedIn(item).some((id) => ids.has(id));
  if (!timeline.some(names)) return timeline;
  return timeline.map((item) =>
    item.state === "sent" && names(item) ? { ...item, author: view.author(item.by) } : item,
  );
}

export function toSent(message: Message | Posted, view: View): SentMessage {
  const { type: _, ...rest } = message as Posted;
  const mine = message.by === view.me;
  return {
    ...rest,
    key: mine ? ownKey(message.clientId) : message.id,
    state: "sent",
    author: view.author(message.by),
    mine,
    saving: false,
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
  const { clientId, text, replyTo, thread, files, state, by, problem } = entry;
  return {
    key: ownKey(clientId),
    state,
    seq: null,
    at: null,
    by,
    clientId,
    text,
    replyTo,
    thread,
    files,
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
