import { fail, limits } from "@snug/protocol";
import { makeZip } from "client-zip";
import type { Still } from "../../core/verbs/export-room.ts";
import { problem } from "../answer.ts";
import { filename } from "../file-headers.ts";
import type { Call } from "../route.ts";
import type { About, Entry } from "./entries.ts";

/** Milliseconds after which the right to it is looked at again. */
const RECHECK = 500;
/** Seconds until another may be asked for. */
const RETRY = 5;

/**
 * Answers with an archive that is made while it is read, a piece at a time. Where it
 * has to end before its end it is cut off, and no part of it passes for the whole.
 */
export function openExport(
  { world, request, actor }: Pick<Call<undefined, undefined, true>, "world" | "request" | "actor">,
  ended: AbortController,
  name: string,
  still: Still,
  entriesOf: (about: About) => AsyncGenerator<Entry>,
): Response {
  const at = world.clock.now();
  const day = new Date(at).toISOString().slice(0, 10);
  const headers = {
    "content-type": "application/zip",
    "content-disposition": `attachment; ${filename(`${name} ${day}.zip`)}`,
    "cross-origin-resource-policy": "same-origin",
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  const leave = world.exports.take(actor.user.id);
  if (leave === null) return problem(tooMany.error);

  const about = { by: actor.user, at, blobs: world.blobs, signal: ended.signal };
  const reader = makeZip(closing(entriesOf(about))).getReader();
  const end = () => {
    if (ended.signal.aborted) return;
    ended.abort();
    leave();
    // It is told of its end by a fault of its own.
    reader.cancel().catch(() => {});
  };
  request.signal.addEventListener("abort", end);
  if (request.signal.aborted) end();
  world.giveTime(request);
  let checked = world.clock.elapsed();

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await reader.read();
          // Whoever ends it ends what is read too, as if that were whole.
          ended.signal.throwIfAborted();
          const now = world.clock.elapsed();
          if (now - checked >= RECHECK) {
            if (!(await still())) throw new Over();
            checked = now;
          }
          if (!done) return controller.enqueue(value);
          end();
          controller.close();
        } catch (fault) {
          if (!(fault instanceof Over) && !ended.signal.aborted) world.chat.refusal(fault);
          end();
          controller.error(fault);
          world.letGo(request);
        }
      },
      cancel: end,
    },
    // Nothing is fetched before it is asked for: it may not be theirs any more by then.
    { highWaterMark: 0 },
  );
  return new Response(body, { headers });
}

/** They may not have the rest. */
class Over extends Error {}

const tooMany = fail(
  "rate_limited",
  `You have ${limits.exportsAtOnce} exports under way. Wait until one has ended.`,
  { retryAfter: RETRY },
);

/** Ends each entry's bytes, also where nobody reads them to their end: a file may be open. */
async function* closing(entries: AsyncGenerator<Entry>): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    const bytes = entry.input;
    try {
      yield entry;
    } finally {
      await bytes.return(undefined);
    }
  }
}
