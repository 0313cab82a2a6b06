import type { Message } from "@snug/protocol";

// A room has one sorted set whose members all have the same score, so that they stand
// in the order of their letters and what begins alike is counted and listed at once:
//
//   t/ROOT/SEQ        replies in a thread, deleted ones too
//   n/ROOT/SEQ        those that count as unread
//   o/ROOT/USER/SEQ   the same, by whom they are
//   c/USER/ROOT/SEQ   what names somebody in a thread, its beginning included: they follow it
//   m/USER/ROOT/SEQ   what calls somebody; ROOT is 0 in the main line
//   m/@room/ROOT/SEQ  what calls the room, and by whom: m/=USER/ROOT/SEQ
//   e/TARGET/SEQ      edits of a message
//   p/SEQ/TARGET      pinned messages, by the event that pinned them
//   u/USER/SEQ        events that tell of somebody

/** All that a message has there by what it is now. */
export function entriesOf(message: Message): string[] {
  const { seq, by, thread, deletedAt, mentions = [], replies } = message;
  const at = pad(seq);
  const line = pad(thread ?? 0);
  const entries: string[] = [];
  if (thread !== null) entries.push(`t/${line}/${at}`);
  if (thread !== null && deletedAt === null)
    entries.push(`n/${line}/${at}`, `o/${line}/${by}/${at}`);
  const users = mentions.filter((user) => user !== "@room");
  if (thread !== null || replies !== undefined)
    for (const user of users) entries.push(`c/${user}/${pad(thread ?? seq)}/${at}`);
  if (mentions.includes("@room")) entries.push(`m/@room/${line}/${at}`, `m/=${by}/${line}/${at}`);
  else for (const user of users) if (user !== by) entries.push(`m/${user}/${line}/${at}`);
  return [...new Set(entries)];
}

export const replyEntries = (root: number) => `t/${pad(root)}/`;
export const newsEntries = (root: number) => `n/${pad(root)}/`;
export const ownEntries = (root: number, user: string) => `o/${pad(root)}/${user}/`;
export const namingEntries = (user: string, root: number) => `c/${user}/${pad(root)}/`;
export const callEntries = (user: string, root: number) => `m/${user}/${pad(root)}/`;
export const roomCallEntries = (root: number) => callEntries("@room", root);
export const ownRoomCallEntries = (user: string, root: number) => callEntries(`=${user}`, root);
export const editEntries = (target: number) => `e/${pad(target)}/`;
export const editEntry = (target: number, seq: number) => editEntries(target) + pad(seq);
export const PIN_ENTRIES = "p/";
export const pinEntry = (seq: number, target: number) => `p/${pad(seq)}/${pad(target)}`;
export const aboutEntries = (user: string) => `u/${user}/`;
export const aboutEntry = (user: string, seq: number) => aboutEntries(user) + pad(seq);
/** Of somebody who is not in the room any more. */
export const calledEntries = (user: string) => [`c/${user}/`, `m/${user}/`];

/** From and to, in the words of Redis: all that begins so; of numbers those above one, or from below another up. */
export const within = (beginning: string): [string, string] => [`[${beginning}`, `(${beginning}~`];
export const above = (beginning: string, seq: number): [string, string] => [
  `(${beginning}${pad(seq)}`,
  `(${beginning}~`,
];
export const below = (beginning: string, seq: number): [string, string] => [
  `[${beginning}`,
  `(${beginning}${pad(seq)}`,
];

/** The number with which an entry ends. */
export const lastOf = (entry: string) => Number.parseInt(entry.slice(-WIDTH), 36);

/** Numbers whose letters stand in the order of the numbers. */
function pad(seq: number): string {
  return Math.min(seq, MAX).toString(36).padStart(WIDTH, "0");
}

const WIDTH = 9;
const MAX = 36 ** WIDTH - 1;
