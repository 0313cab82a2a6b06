import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { FileRecord, FileStore } from "../ports.ts";

/** A file, for those who may read the room that holds it now; before it is posted, for its uploader. */
export async function showFile(
  world: PlaceWorld & { readonly store: PlaceWorld["store"] & Pick<FileStore, "file"> },
  actor: Actor,
  { file: id }: { file: string },
): Promise<Result<FileRecord>> {
  const record = await world.store.file(id);
  if (record === null || (record.seq === null && record.by !== actor.user.id)) return notThere;
  const entered = await enter(world, actor, "read", record.room);
  return entered.ok ? succeed(record) : notThere;
}

/** One value for all cases: what one may not see and what is not there cannot differ in a letter. */
export const notThere = fail(
  "file_not_found",
  "There is no file of this id, or it is not open to you.",
);
