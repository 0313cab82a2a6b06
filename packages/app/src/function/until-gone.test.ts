import { expect, test } from "bun:test";
import { untilGone } from "./until-gone.ts";

test.each(["before they were answered", "later"])(
  "[FUN2] a stream ends where its reader has gone %s",
  async (when) => {
    const ended = Promise.withResolvers<void>();
    const stream = new ReadableStream<Uint8Array>({ cancel: () => ended.resolve() });
    const gone = new AbortController();
    if (when !== "later") gone.abort();
    const reader = untilGone(new Response(stream), gone.signal).body?.getReader();
    const read = reader?.read();
    gone.abort();
    await ended.promise;
    expect((await read)?.done).toBe(true);
  },
);
