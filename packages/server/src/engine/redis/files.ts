import type { RoomId, SharedFile, UserId } from "@snug/protocol";
import type { FileRecord, FileSpace, NewFile, Refused } from "../../core/ports.ts";
import { house, roomKeys, userKeys } from "./keys.ts";
import { knownRoom, roomOf, type RoomStep } from "./room.ts";
import type { Step } from "./step.ts";

/** A record: what was announced, then what came, then the message that holds it. */
export interface KeptFile extends NewFile {
  readonly whole: Pick<FileRecord, "file" | "preview"> | null;
  readonly seq: number | null;
}

export const BYTES = "bytes";
const refused = (why: Refused["why"]): Refused => ({ kind: "refused", why });

export async function beginFile(
  step: Step,
  file: NewFile,
  { perUser, inAll, atOnce }: FileSpace,
): Promise<{ readonly kind: "begun" } | Refused> {
  const room = await knownRoom(step, file.room);
  if (!(await room.allows(file.by, "post"))) return refused("not_allowed");
  const keys = userKeys(file.by);
  const [own] = await step.watch(keys.user, BYTES);
  const begun = (await step.read("SCARD", keys.begun)) as number;
  const [all] = await step.watch(house.facts, BYTES);
  if (begun >= atOnce) return refused("uploads_busy");
  if (Number(own ?? 0) + file.size > perUser) return refused("user_files_full");
  if (Number(all ?? 0) + file.size > inAll) return refused("files_full");
  await keep(step, { ...file, whole: null, seq: null });
  await count(step, file.by, file.size);
  await room.holds();
  step.write("SADD", room.keys.files, file.id);
  step.write("SADD", keys.files, file.id);
  step.write("SADD", keys.begun, file.id);
  step.write("ZADD", house.loose, String(file.at), file.id);
  return { kind: "begun" };
}

export async function finishFile(
  step: Step,
  file: SharedFile,
  preview: number | null,
): Promise<boolean> {
  const found = await find(step, file.id);
  if (found === null || found.whole !== null) return false;
  await keep(step, { ...found, size: file.size, whole: { file, preview } });
  await count(step, found.by, file.size - found.size);
  step.write("SREM", userKeys(found.by).begun, file.id);
  return true;
}

export function toRecord(json: string | null): FileRecord | null {
  const found = json === null ? null : (JSON.parse(json) as KeptFile);
  if (!found?.whole) return null;
  const { whole, room, by, seq } = found;
  return { ...whole, room, by, seq };
}

export async function areFree(
  room: RoomStep,
  by: UserId,
  ids: readonly string[],
): Promise<boolean> {
  const files = await Promise.all(ids.map((id) => find(room.step, id)));
  return files.every(
    (file) => file?.whole && file.room === room.id && file.by === by && file.seq === null,
  );
}

/** From now on this message holds them. */
export async function hold(step: Step, ids: readonly string[], seq: number): Promise<void> {
  for (const id of ids) {
    const file = await find(step, id);
    if (file === null) continue;
    await keep(step, { ...file, seq });
    step.write("ZREM", house.loose, id);
  }
}

export async function dropFile(step: Step, id: string, by: UserId): Promise<boolean> {
  const file = await find(step, id);
  // Its record may have gone before its bytes came.
  if (file === null) step.write("SADD", house.lost, id);
  return (await lose(step, [id], (one) => one.by === by && one.seq === null)) > 0;
}

/** Of these, those that are meant: how many there were. */
export async function lose(
  step: Step,
  ids: readonly string[],
  isMeant: (file: { room: RoomId; by: UserId; seq: number | null }) => boolean,
): Promise<number> {
  const files = await Promise.all(ids.map((id) => find(step, id)));
  let lost = 0;
  for (const file of files) {
    if (file === null || !isMeant(file)) continue;
    const { id, by, room } = file;
    lost++;
    step.set(house.files, id, null);
    await count(step, by, -file.size);
    step.write("ZREM", house.loose, id);
    step.write("SREM", roomKeys(room).files, id);
    step.write("SREM", userKeys(by).files, id);
    step.write("SREM", userKeys(by).begun, id);
    step.write("SADD", house.lost, id);
  }
  return lost;
}

export async function expireFiles(
  step: Step,
  ids: readonly string[],
  { begun, unposted }: { readonly begun: number; readonly unposted: number },
): Promise<void> {
  const files = await Promise.all(ids.map((id) => find(step, id)));
  const over = files.filter(
    (file) =>
      file !== null &&
      file.seq === null &&
      (file.at < unposted || (file.whole === null && file.at < begun)),
  );
  await lose(
    step,
    over.flatMap((file) => file?.id ?? []),
    () => true,
  );
}

/** Where somebody's files are held: the messages, by their rooms. */
export async function heldBy(step: Step, user: string): Promise<{ room: RoomStep; seq: number }[]> {
  const ids = await step.list("SMEMBERS", userKeys(user).files);
  const held: { room: RoomStep; seq: number }[] = [];
  for (const file of await Promise.all(ids.map((id) => find(step, id)))) {
    const room = file?.seq ? await roomOf(step, file.room) : null;
    if (room !== null && file?.seq) held.push({ room, seq: file.seq });
  }
  return held;
}

async function find(step: Step, id: string): Promise<KeptFile | null> {
  const [json] = await step.watch(house.files, id);
  return json ? (JSON.parse(json) as KeptFile) : null;
}

async function keep(step: Step, file: KeptFile): Promise<void> {
  await step.watch(house.files, file.id);
  step.set(house.files, file.id, JSON.stringify(file));
}

async function count(step: Step, user: string, bytes: number): Promise<void> {
  for (const [key, own] of [
    [userKeys(user).user, true],
    [house.facts, false],
  ] as const) {
    const [before] = await step.watch(key, BYTES);
    const after = Number(before ?? 0) + bytes;
    step.set(key, BYTES, own && after === 0 ? null : after);
  }
}
