import {
  fail,
  succeed,
  type FileId,
  type Limits,
  type Result,
  type SharedFile,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { safeFileName } from "../file-name.ts";
import { previewOf, type FileRemoval } from "../file-removal.ts";
import { ANY_BYTES, HEAD, isPicture, typeOf } from "../file-type.ts";
import { enter, gone, refusal, type PlaceWorld } from "../place.ts";
import type { Rates } from "../rates.ts";
import type { Blobs, Clock, FileStore, Ids, Pictures } from "../ports.ts";

interface World extends PlaceWorld {
  readonly store: PlaceWorld["store"] & FileStore;
  readonly blobs: Blobs;
  readonly pictures: Pictures;
  readonly removal: Pick<FileRemoval, "hold" | "soon">;
  readonly limits: Limits;
  readonly rates: Pick<Rates, "uploadsAtOnce">;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface Upload {
  readonly room: string;
  /** As it was sent. */
  readonly name: string;
  /** As the sender says; `null`: they do not. */
  readonly size: number | null;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Who sends it, asked for again: a body takes its time, and a session may end meanwhile. */
  readonly renew: () => Promise<Result<Actor>>;
}

/** Takes a file into a room, for its uploader to post there. What breaks off leaves nothing. */
export async function uploadFile(
  world: World,
  actor: Actor,
  upload: Upload,
): Promise<Result<SharedFile>> {
  const entered = await enter(world, actor, "post", upload.room);
  if (!entered.ok) return entered;
  const { store, clock, limits: most } = world;
  const { size } = upload;
  if (size !== null && size > most.fileBytes) return tooLarge(most);
  const id = world.ids.id() as FileId;
  const by = actor.user.id;
  const room = entered.value.room.id;
  // Before it is begun: in that very step its room or uploader may go, and what is lost
  // then is removed while its bytes come.
  const release = world.removal.hold(id);
  let [isBegun, isWhole] = [false, false];
  try {
    const begun = await store.beginFile(
      { id, room, by, at: clock.now(), size: size ?? most.fileBytes },
      {
        perUser: most.fileBytesPerUser,
        inAll: most.fileBytesInAll,
        atOnce: world.rates.uploadsAtOnce,
      },
    );
    if (begun.kind === "refused") return refusal(begun);
    isBegun = true;
    const taken = await take(world, id, upload.bytes);
    if (!taken.ok) return taken;
    const still = await upload.renew();
    if (!still.ok) return still;
    const { file, preview } = await describe(world, id, upload.name, taken.value);
    isWhole = await store.finishFile(file, preview);
    return isWhole ? succeed(file) : gone;
  } catch (fault) {
    // Another node takes away what has come of a file, once its room or uploader is gone.
    if (isBegun && !(await store.dropFile(id, by))) return gone;
    throw fault;
  } finally {
    const isLost = isBegun && !isWhole;
    try {
      if (isLost) await store.dropFile(id, by);
    } finally {
      release();
    }
    if (isLost) world.removal.soon();
  }
}

interface Taken {
  readonly size: number;
  readonly head: Uint8Array;
}

/** Why a source ended before its end, as what to answer. */
class Cut extends Error {
  readonly failure: Result<never>;
  constructor(failure: Result<never>) {
    super();
    this.failure = failure;
  }
}

/** Passes the bytes on as they come, and no more of them than there may be. */
async function take(
  { blobs, clock, limits: most }: World,
  id: FileId,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Result<Taken>> {
  const head = new Uint8Array(HEAD);
  const late = clock.elapsed() + most.uploadMs;
  let size = 0;
  const counted = async function* () {
    try {
      for await (const chunk of bytes) {
        if (size < HEAD) head.set(chunk.subarray(0, HEAD - size), size);
        size += chunk.length;
        if (size > most.fileBytes) throw new Cut(tooLarge(most));
        if (clock.elapsed() > late) throw new Cut(tooSlow);
        yield chunk;
      }
    } catch (fault) {
      throw fault instanceof Cut ? fault : new Cut(brokenOff);
    }
  };
  try {
    await blobs.put(id, counted());
  } catch (fault) {
    if (fault instanceof Cut) return fault.failure;
    throw fault;
  }
  if (size === 0) return empty;
  return succeed({ size, head: head.subarray(0, size) });
}

/** What it is. A picture is kept as it is fit to be shown; one that is not, is any bytes. */
async function describe(
  { blobs, pictures, limits }: World,
  id: FileId,
  sentName: string,
  { size, head }: Taken,
): Promise<{ file: SharedFile; preview: number | null }> {
  const name = safeFileName(sentName);
  const type = typeOf(head);
  if (!isPicture(type)) return { file: { id, name, type, size }, preview: null };
  const isSmall = size <= limits.pictureBytes;
  const picture = isSmall ? await pictures.prepare(type, () => load(blobs, id, size)) : null;
  if (picture === null) return { file: { id, name, type: ANY_BYTES, size }, preview: null };
  const { bytes, width, height, placeholder, preview } = picture;
  if (bytes) await blobs.put(id, once(bytes));
  if (preview) await blobs.put(previewOf(id), once(preview));
  const likeness = placeholder !== null && { placeholder };
  return {
    file: { id, name, type, size: bytes?.length ?? size, width, height, ...likeness },
    preview: preview && preview.length,
  };
}

async function load(blobs: Blobs, id: FileId, size: number): Promise<Uint8Array> {
  const bytes = await blobs.read(id, 0, size);
  if (bytes === null) throw new Error("what was just put is not there");
  return new Uint8Array(await new Response(bytes).arrayBuffer());
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function tooLarge({ fileBytes }: Limits) {
  return fail("too_large", `A file may have ${fileBytes} bytes here.`);
}

const tooSlow = fail("invalid_request", "The upload took too long. Send it again.");
const brokenOff = fail("invalid_request", "The upload broke off. Send it again.");
const empty = fail("invalid_request", "There is nothing in the file.");
