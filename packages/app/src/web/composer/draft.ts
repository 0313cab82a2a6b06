import { joined, nothing, type Written } from "./written.ts";

/** What one has begun to write, and the number of the message that it answers. */
export interface Draft extends Written {
  readonly replyTo: number | null;
}

export const noDraft: Draft = { ...nothing, replyTo: null };

/** Where drafts are kept: `storage.ts` in the page. */
export interface DraftStorage {
  recall(key: string): string | null;
  remember(key: string, value: string): boolean;
  forget(key: string): void;
  keys(): readonly string[];
}

const LAST = "snug.last.";
const draftsBy = (user: string) => `snug.draft.${user}.`;
const lastIn = (room: string) => LAST + room;
const keyOf = (user: string, room: string) => draftsBy(user) + room;
/** Whom its names stand for, and what it answers, is kept beside it. */
const besideOf = (key: string) => `${key}/@`;

/**
 * What this person began to write here. When a session ended by itself, whoever
 * comes next on this device is taken for the same person, and goes on writing.
 */
export function openDraft(storage: DraftStorage, user: string, room: string): Draft {
  const last = storage.recall(lastIn(room));
  if (last !== user) storage.remember(lastIn(room), user);
  const own = keptAt(storage, keyOf(user, room));
  if (last === null || last === user) return own;
  const left = keptAt(storage, keyOf(last, room));
  if (left.text === "") return own;
  const both = { ...joined(own, left), replyTo: own.replyTo ?? left.replyTo };
  keepDraft(storage, user, room, both);
  keepDraft(storage, last, room, noDraft);
  return both;
}

/** The draft as it is kept now. */
export const draftIn = (storage: DraftStorage, user: string, room: string): Draft =>
  keptAt(storage, keyOf(user, room));

/** What is begun directly below a place: edits below their list. */
export function draftsBelow(storage: DraftStorage, user: string, room: string): string[] {
  const above = `${keyOf(user, room)}/`;
  return storage
    .keys()
    .filter((key) => key.startsWith(above))
    .map((key) => key.slice(above.length))
    .filter((name) => !name.includes("/"));
}

/** The edits that this person has begun, in rooms and in their threads. */
export function editsBy(storage: DraftStorage, user: string): readonly BegunEdit[] {
  const by = draftsBy(user);
  return storage.keys().flatMap((key) => {
    const place = key.startsWith(by) ? key.slice(by.length) : "";
    const [, room, seq] = /^([^/]+)\/(?:\d+\/)?edit\/(\d+)$/.exec(place) ?? [];
    if (room === undefined) return [];
    return [{ room, seq: Number(seq), place, text: draftIn(storage, user, place).text }];
  });
}

interface BegunEdit {
  readonly room: string;
  /** Of the message. */
  readonly seq: number;
  readonly place: string;
  readonly text: string;
}

/** Whether this is a place of that draft in the storage. */
export const isOfDraft = (key: string, user: string, room: string): boolean =>
  key === keyOf(user, room) || key === besideOf(keyOf(user, room));

/** Whether it will outlive this page. */
export function keepDraft(
  storage: DraftStorage,
  user: string,
  room: string,
  { text, picked, replyTo }: Draft,
): boolean {
  const key = keyOf(user, room);
  if (text === "" || (picked.size === 0 && replyTo === null)) storage.forget(besideOf(key));
  else storage.remember(besideOf(key), JSON.stringify({ picked: [...picked], replyTo }));
  if (text !== "") return storage.remember(key, text);
  storage.forget(key);
  return true;
}

/** The room is over, and what was begun in it and in its threads with it. */
export function closeDraft(storage: DraftStorage, user: string, room: string): void {
  for (const begun of [keyOf(user, room), lastIn(room)]) {
    storage.forget(begun);
    for (const key of storage.keys()) if (key.startsWith(`${begun}/`)) storage.forget(key);
  }
}

/** An edit can be saved only where one is: others are forgotten. */
export function closeEdits(
  storage: DraftStorage,
  user: string,
  isOpen: (room: string) => boolean,
): void {
  for (const { room, place } of editsBy(storage, user))
    if (!isOpen(room)) keepDraft(storage, user, place, noDraft);
}

/** Signing out is on purpose: the next one here is somebody else, in whichever room. */
export function closeDrafts(storage: DraftStorage, user: string): void {
  for (const key of storage.keys())
    if (key.startsWith(draftsBy(user)) || key.startsWith(LAST)) storage.forget(key);
}

function keptAt(storage: DraftStorage, key: string): Draft {
  const text = storage.recall(key) ?? "";
  const beside = storage.recall(besideOf(key));
  if (text === "" || beside === null) return { ...noDraft, text };
  const kept = JSON.parse(beside) as [string, string][] | Beside;
  // An older page kept the names only.
  const { picked, replyTo } = Array.isArray(kept) ? { picked: kept, replyTo: null } : kept;
  return { text, picked: new Map(picked), replyTo };
}

interface Beside {
  readonly picked: [string, string][];
  readonly replyTo: number | null;
}
