import { limits, type RoomId } from "@snug/protocol";
import { nameKey } from "../../core/name-key.ts";
import type { Draft, NewRoom } from "../../core/ports.ts";
import { append } from "./append.ts";
import { lose } from "./files.ts";
import { goneKey, house, userKeys } from "./keys.ts";
import { RoomStep, roomOf } from "./room.ts";
import { endByToken } from "./sessions.ts";
import type { Step } from "./step.ts";
import { chunksOf } from "./trim.ts";

export async function addRoom(
  step: Step,
  room: NewRoom,
  joins: readonly Draft[],
  now: number,
): Promise<
  | { readonly kind: "added" }
  | { readonly kind: "exists"; readonly id: RoomId }
  | { readonly kind: "name_taken" }
> {
  const { id, kind, name, directKey, expiresAt } = room;
  if ((await roomOf(step, id)) !== null) return { kind: "exists", id };
  const isPublic = kind === "public";
  const [twin] = directKey === null ? [] : await step.watch(house.directs, directKey);
  if (twin) return { kind: "exists", id: twin as RoomId };
  const [holder] = isPublic ? await step.watch(house.names, nameKey(name)) : [];
  if (holder) return { kind: "name_taken" };
  if (directKey !== null) step.set(house.directs, directKey, id);
  if (isPublic) step.set(house.names, nameKey(name), id);
  const number = (await step.read("INCR", house.made)) as number;
  RoomStep.make(step, room, number);
  step.write("ZADD", house.rooms, String(number), id);
  if (isPublic) step.write("ZADD", house.publicRooms, String(number), id);
  if (expiresAt !== null) step.write("ZADD", house.ends, String(expiresAt), id);
  for (const join of joins) await append(step, join, now);
  return { kind: "added" };
}

/** Forgets the room and all that was in it. */
export async function destroyRoom(step: Step, id: RoomId, now: number): Promise<boolean> {
  const room = await roomOf(step, id);
  if (room === null) return false;
  room.watchMessages();
  step.isFreeing = true;
  const { keys, kept, direct } = room;
  await step.watch(keys.room, "held");
  const [members, about, invites, files, tokens] = (await step.readAll([
    ["HKEYS", keys.members],
    ["HKEYS", keys.about],
    ["HKEYS", keys.invites],
    ["SMEMBERS", keys.files],
    ["SMEMBERS", keys.tokens],
  ])) as [string[], string[], string[], string[], string[]];
  await lose(step, files, () => true);
  for (const token of tokens) await endByToken(step, token);
  for (const user of members) step.write("SREM", userKeys(user).rooms, id);
  for (const user of about) step.write("SREM", userKeys(user).told, id);
  step.writeAll("HDEL", house.invites, invites);
  if (direct !== null) step.write("HDEL", house.directs, direct);
  const [holder] = await step.watch(house.names, nameKey(kept.name));
  if (kept.kind === "public" && holder === id) step.set(house.names, nameKey(kept.name), null);
  for (const key of [house.rooms, house.publicRooms, house.ends]) step.write("ZREM", key, id);
  const { chunk: _, sent, member, own, ...single } = keys;
  step.drop([
    ...chunksOf(room),
    ...members.flatMap((user) => [member(user), own(user)]),
    sent(0),
    sent(1),
    ...Object.values(single),
  ]);
  const until = String(now + limits.goneMs);
  step.write("SET", goneKey(await hashOf(id)), until, "PX", String(limits.goneMs));
  step.news.push({ kind: "room", room: id, of: kept.kind });
  return true;
}

/** Of an id of 128 bits of chance nothing can be told from this. */
export async function hashOf(room: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(room));
  return Buffer.from(hash).toString("base64url");
}
