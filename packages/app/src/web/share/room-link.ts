import type { Chat, ClientProblem, Outcome } from "@snug/client";
import type { Room } from "@snug/protocol";
import { pathOf } from "../address.ts";

// What was made is handed on again: each invite is one more to keep track of.
const made = new Map<string, string>();

/**
 * The link that brings others into a room: of a public one its address. An
 * ephemeral room's is an invite, so that who comes by it is only there, and
 * comes in where guests need one.
 */
export async function linkOf(chat: Chat, room: Room): Promise<Outcome<string>> {
  const address = `${location.origin}${pathOf(room.id)}`;
  if (room.kind !== "ephemeral") return { ok: true, value: address };
  const known = made.get(room.id);
  if (known !== undefined) return { ok: true, value: known };
  const invited = await chat.call("POST /v1/rooms/:room/invites", { room: room.id, body: {} });
  if (!invited.ok) return isDenied(invited.error) ? { ok: true, value: address } : invited;
  made.set(room.id, invited.value.url);
  return { ok: true, value: invited.value.url };
}

const isDenied = ({ code }: ClientProblem) => code === "forbidden";
