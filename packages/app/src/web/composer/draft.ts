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

/**
 * What this person began to write here. When a session ended by itself, whoever
 * comes next on this device is taken for the same person, and goes on writing.
 */
export function openDraft(storage: DraftStorage, user: string, room: string): string {
  const last = storage.recall(lastIn(room));
  if (last !== user) storage.remember(lastIn(room), user);
  const own = storage.recall(keyOf(user, room)) ?? "";
  if (last === null || last === user) return own;
  const left = storage.recall(keyOf(last, room)) ?? "";
  if (left === "") return own;
  const text = own === "" ? left : `${own}\n${left}`;
  storage.remember(keyOf(user, room), text);
  storage.forget(keyOf(last, room));
  return text;
}

/** Whether it will outlive this page. */
export function keepDraft(
  storage: DraftStorage,
  user: string,
  room: string,
  text: string,
): boolean {
  if (text !== "") return storage.remember(keyOf(user, room), text);
  storage.forget(keyOf(user, room));
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
