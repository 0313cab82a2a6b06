import { fail, succeed, type Result } from "@snug/protocol";
import { canIn, type Actor } from "../actor.ts";
import type { FileRemoval } from "../file-removal.ts";
import type { PlaceWorld } from "../place.ts";
import type { FileStore } from "../ports.ts";
import { notThere, showFile } from "./show-file.ts";

/** Takes back an upload of one's own that is in no message. One that is, goes with its message. */
export async function dropFile(
  world: PlaceWorld & {
    readonly store: PlaceWorld["store"] & Pick<FileStore, "file" | "dropFile">;
    readonly removal: Pick<FileRemoval, "soon">;
  },
  actor: Actor,
  { file }: { file: string },
): Promise<Result<null>> {
  const shown = await showFile(world, actor, { file });
  if (!shown.ok) return shown;
  if (canIn(actor, shown.value.room) === "read")
    return fail("forbidden", "This token is good for reading alone.");
  const isDropped = shown.value.seq === null && (await world.store.dropFile(file, actor.user.id));
  if (!isDropped) return notThere;
  world.removal.soon();
  return succeed(null);
}
