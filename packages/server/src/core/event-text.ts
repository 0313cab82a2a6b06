import type { Role, SharedFile, UserId } from "@snug/protocol";
import type { RoomChange } from "./ports.ts";

// An event's JSON is spliced, not stringified anew at every step: the core
// writes the body once, the store puts number, time and id before it, and the
// result is stored, sent and paged as it is. The body ends the text, so two
// sends have the same content exactly when their bodies are the same.

/** The text of a stored event. */
export function eventText(seq: number, at: number, id: string, body: string): string {
  return `{"seq":${seq},"at":${at},"id":"${id}",${body}}`;
}

/** Where a message has its place, whom it calls, and what it brings. */
export interface Around {
  readonly replyTo: number | null;
  readonly thread: number | null;
  readonly mentions: readonly string[];
  readonly files: readonly NamedFile[];
}

/** Of one that is not there for the sender only its id is said; such a message is refused. */
export type NamedFile = SharedFile | { readonly id: string };

const plain: Around = { replyTo: null, thread: null, mentions: [], files: [] };

export function postedBody(
  by: UserId,
  clientId: string,
  text: string,
  { replyTo, thread, mentions, files }: Around = plain,
): string {
  return `${POSTED}"by":"${by}","clientId":${JSON.stringify(clientId)},"text":${JSON.stringify(text)},"replyTo":${replyTo},"thread":${thread},"files":${JSON.stringify(files)},"reactions":{},"editedAt":null,"deletedAt":null,"pinned":false${mentioning(mentions)}`;
}

export function editedBody(
  by: UserId,
  target: number,
  text: string,
  mentions: readonly string[],
): string {
  return `"type":"message.edited","by":"${by}","target":${target},"text":${JSON.stringify(text)}${mentioning(mentions)}`;
}

/** @param thread of a reply, the message in whose thread it was */
export function deletedBody(by: UserId, target: number, thread: number | null): string {
  const body = `"type":"message.deleted","by":"${by}","target":${target}`;
  return thread === null ? body : `${body},"thread":${thread}`;
}

export function pinnedBody(by: UserId, target: number, on: boolean): string {
  return `"type":"message.${on ? "pinned" : "unpinned"}","by":"${by}","target":${target}`;
}

export function reactedBody(by: UserId, target: number, emoji: string, on: boolean): string {
  return `"type":"reaction.${on ? "added" : "removed"}","by":"${by}","target":${target},"emoji":${JSON.stringify(emoji)}`;
}

export function clearedBody(by: UserId): string {
  return `"type":"room.cleared","by":"${by}"`;
}

/** How far a clear reaches is known when it has its number: all that stands before it goes. */
export function clearedText(seq: number, at: number, id: string, body: string): string {
  return eventText(seq, at, id, `${body},"upTo":${seq - 1}`);
}

/** Stands last in a body, so that a repeat can be told by what stands before it. */
function mentioning(mentions: readonly string[]): string {
  return mentions.length === 0 ? "" : `,"mentions":${JSON.stringify(mentions)}`;
}

type AboutMember = "member.joined" | "member.left" | "member.removed" | "member.changed";

/** `role` is named where it is not the usual one. */
export function memberBody(
  type: AboutMember,
  by: UserId,
  { id, name }: { id: UserId; name: string },
  role?: Role,
): string {
  const member = `"type":"${type}","by":"${by}","user":{"id":"${id}","name":${JSON.stringify(name)}}`;
  return role === undefined ? member : `${member},"role":"${role}"`;
}

export function updatedBody(by: UserId, change: RoomChange): string {
  const changes = JSON.stringify(change).slice(1, -1);
  return `"type":"room.updated","by":"${by}",${changes}`;
}

/** A message is its `message.posted` event without the type. */
export function messageText(json: string): string {
  return json.replace(POSTED, "");
}

/**
 * Whether a repeat is a repeat. Whom a text mentions may be another since: who is
 * here, and in the room. Once a message was erased there is nothing left to differ from.
 */
export function sameContent(json: string, body: string): boolean {
  const said = `",${body.replace(MENTIONS, "")}}`;
  return `${json.slice(0, -1).replace(MENTIONS, "")}}`.endsWith(said) || isErased(json);
}

function isErased(json: string): boolean {
  return typeof parse(json)?.["deletedAt"] === "number";
}

/** Stands in the place of a record that cannot be read. */
export function unreadableText(seq: number, id: string): string {
  return JSON.stringify({ seq, id, type: "event.unreadable" });
}

/** Whether a record that was read is the event it should be. */
export function isReadable(
  json: unknown,
  { seq, id }: { seq: number; id: string },
): json is string {
  const event = typeof json === "string" ? parse(json) : null;
  if (event === null || event["seq"] !== seq || event["id"] !== id) return false;
  const { type, by, text } = event;
  if (typeof type !== "string" || typeof by !== "string") return false;
  return type !== "message.posted" || typeof text === "string";
}

function parse(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** No text can look like it: its quotes are escaped, and more stands behind it. */
const MENTIONS = /,"mentions":\[[^\]]*\]$/;
const POSTED = '"type":"message.posted",';
