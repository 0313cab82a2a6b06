import { nothing, type Picked, type Written } from "./written.ts";

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
/** Whom its names stand for is kept beside it. */
const picksOf = (key: string) => `${key}/@`;

/**
 * What this person began to write here. When a session ended by itself, whoever
 * comes next on this device is taken for the same person, and goes on writing.
 */
export function openDraft(storage: DraftStorage, user: string, room: string): Written {
  const last = storage.recall(lastIn(room));
  if (last !== user) storage.remember(lastIn(room), user);
  const own = keptAt(storage, keyOf(user, room));
  if (last === null || last === user) return own;
  const left = keptAt(storage, keyOf(last, room));
  if (left.text === "") return own;
  const text = own.text === "" ? left.text : `${own.text}\n${left.text}`;
  const both = { text, picked: new Map([...left.picked, ...own.picked]) };
  keepDraft(storage, user, room, both);
  keepDraft(storage, last, room, nothing);
  return both;
}

/** Whether it will outlive this page. */
export function keepDraft(
  storage: DraftStorage,
  user: string,
  room: string,
  { text, picked }: Written,
): boolean {
  const key = keyOf(user, room);
  if (text === "" || picked.size === 0) storage.forget(picksOf(key));
  else storage.remember(picksOf(key), JSON.stringify([...picked]));
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

/** Signing out is on purpose: the next one here is somebody else, in whichever room. */
export function closeDrafts(storage: DraftStorage, user: string): void {
  for (const key of storage.keys())
    if (key.startsWith(draftsBy(user)) || key.startsWith(LAST)) storage.forget(key);
}

function keptAt(storage: DraftStorage, key: string): Written {
  const text = storage.recall(key) ?? "";
  const picks = storage.recall(picksOf(key));
  if (text === "" || picks === null) return { ...nothing, text };
  return { text, picked: new Map(JSON.parse(picks) as [string, string][]) satisfies Picked };
}
