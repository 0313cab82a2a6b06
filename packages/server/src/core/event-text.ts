import type { Role, UserId } from "@snug/protocol";
import type { RoomChange } from "./ports.ts";

// An event's JSON is spliced, not stringified anew at every step: the core
// writes the body once, the store puts number, time and id before it, and the
// result is stored, sent and paged as it is. The body ends the text, so two
// sends have the same content exactly when their bodies are the same.

/** The text of a stored event. */
export function eventText(seq: number, at: number, id: string, body: string): string {
  return `{"seq":${seq},"at":${at},"id":"${id}",${body}}`;
}

export function postedBody(by: UserId, clientId: string, text: string): string {
  return `${POSTED}"by":"${by}","clientId":${JSON.stringify(clientId)},"text":${JSON.stringify(text)},"replyTo":null,"thread":null,"files":[],"reactions":{},"editedAt":null,"deletedAt":null,"pinned":false`;
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

/** Whether a repeat is a repeat. Once a message was erased there is nothing left to differ from. */
export function sameContent(json: string, body: string): boolean {
  return json.endsWith(`",${body}}`) || isErased(json);
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

const POSTED = '"type":"message.posted",';
