import { createServer, Metrics, openRedis, systemClock, type Listener } from "@snug/server";
import { nodePasswords, nodePictures, openFetchedBlobs } from "@snug/server/node";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PLATFORM, readFunctionConfig } from "../config.ts";
import { log } from "../log.ts";
import { unpack } from "../page/packed.ts";
import { serverOptions } from "../server-options.ts";

export interface House {
  fetch(request: Request): Promise<Response>;
  /** Tells its streams to come back, answers what was asked, and lets go of all it holds. */
  close(): Promise<void>;
}

/** Beside the function, where the build put it. */
const PAGE = join(import.meta.dirname, "page.json");

/** A node of a house on Redis, as the environment says. */
export async function openHouse(): Promise<House> {
  const config = readFunctionConfig(process.env);
  const metrics = new Metrics();
  const onFault = (fault: unknown) => {
    metrics.fault();
    log.error({ fault }, "fault");
  };
  const blobs = openFetchedBlobs(config.s3);
  const engine = await openRedis({ ...config.redis, clock: systemClock, blobs, onFault });
  const snug = await createServer({
    engine,
    passwords: nodePasswords(),
    pictures: nodePictures(),
    metrics,
    ...serverOptions(config, onFault),
    page: unpack(readFileSync(PAGE, "utf8")),
    connectionMs: config.streamMs,
  });
  const running = new Set<Promise<unknown>>();
  return {
    async fetch(request) {
      const answer = snug.fetch(request, platform);
      running.add(answer);
      const response = await answer.finally(() => running.delete(answer));
      if (!response) throw new Error("a function has no sockets");
      return untilGone(response, request.signal);
    },
    async close() {
      await snug.close();
      await Promise.allSettled(running);
      await engine.close();
    },
  };
}

/** Whom it heard stands in its headers, and how long it waits is for it to say. */
const platform: Listener = {
  requestIP: () => ({ address: PLATFORM, port: 0, family: "IPv4" }),
  timeout() {},
};

/** Where whoever asked has gone, a platform says so by the signal, and may read on as if nothing were. */
function untilGone(response: Response, gone: AbortSignal): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  gone.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing waits here: how far a reader is behind is told by the queue before this one.
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
