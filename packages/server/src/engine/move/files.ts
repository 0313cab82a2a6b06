import type { Database } from "bun:sqlite";
import type { FileId, RoomId, SharedFile, UserId } from "@snug/protocol";
import { previewOf } from "../../core/file-removal.ts";
import type { Blobs } from "../../core/ports.ts";
import type { KeptFile } from "../redis/files.ts";
import { house, roomKeys, userKeys } from "../redis/keys.ts";
import { ROWS, tableOf, type Bytes, type Part } from "./part.ts";

interface FileRow {
  readonly num: number;
  readonly id: string;
  readonly room: string;
  readonly by: string;
  readonly at: number;
  readonly size: number;
  readonly preview: number | null;
  readonly seq: number | null;
  readonly json: string;
}

/** Files that are whole; what was being uploaded is lost. */
export function files(db: Database): Part {
  const rows = db.query(
    `SELECT file.num, file.id, room.id AS room, file.by, file.at, file.size, file.preview, file.seq, file.json
     FROM file JOIN room ON room.num = file.room
     WHERE file.num > ? AND file.json IS NOT NULL ORDER BY file.num LIMIT ${ROWS}`,
  );
  return tableOf<FileRow>(
    rows,
    [0],
    ({ num }) => [num],
    (row) => ({ commands: fileCommands(row), bytes: bytesOf(row) }),
  );
}

/** All bytes that there are. */
export function* allBytes(db: Database): Iterable<Bytes> {
  for (const { bytes = [] } of files(db)(null)) yield* bytes;
}

/** Whether there are bytes of this name, and as many: one is asked for at their end and one behind it. */
export async function isThere(blobs: Blobs, { name, size }: Bytes): Promise<boolean> {
  const found = await blobs.read(name, size - 1, size + 1);
  if (found === null) return false;
  return (await new Response(found).bytes()).length === 1;
}

function bytesOf({ id, size, preview }: FileRow): Bytes[] {
  const whole = { name: id, size };
  return preview === null ? [whole] : [whole, { name: previewOf(id), size: preview }];
}

function fileCommands(row: FileRow): string[][] {
  const { id, room, by, at, size, preview, seq, json } = row;
  const kept: KeptFile = {
    id: id as FileId,
    room: room as RoomId,
    by: by as UserId,
    at,
    size,
    whole: { file: JSON.parse(json) as SharedFile, preview },
    seq,
  };
  const commands = [
    ["HSET", house.files, id, JSON.stringify(kept)],
    ["SADD", roomKeys(room).files, id],
    ["SADD", userKeys(by).files, id],
  ];
  if (seq === null) commands.push(["ZADD", house.loose, String(at), id]);
  return commands;
}
