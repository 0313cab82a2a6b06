import { createServer, Metrics, systemClock, type Listener } from "@snug/server";
import { nodePasswords, nodePictures, openFetchedBlobs } from "@snug/server/node";
import { openRedis } from "@snug/server/redis";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PLATFORM, readFunctionConfig } from "../config.ts";
import { log } from "../log.ts";
import { toPage, unpack } from "../page/packed.ts";
import { serverOptions } from "../server-options.ts";
import { untilGone } from "./until-gone.ts";

export interface House {
  fetch(request: Request): Promise<Response>;
  /** Tells its streams to come back, answers what was asked, and lets go of all it holds. */
  close(): Promise<void>;
}

/** Beside the function, where the build put it. */
const PAGE = join(import.meta.dirname, "page.bin");

/** A node of a house on Redis, as the environment says. */
export async function openHouse(): Promise<House> {
  const config = readFunctionConfig(process.env);
  const metrics = new Metrics();
  const onFault = (fault: unknown) => {
    metrics.fault();
    log.error({ fault }, "fault");
  };
  const blobs = openFetchedBlobs(config.s3);
  const page = toPage(unpack(readFileSync(PAGE)));
  const engine = await openRedis({ ...config.redis, clock: systemClock, blobs, onFault });
  const snug = await createServer({
    engine,
    passwords: nodePasswords(),
    pictures: nodePictures(),
    metrics,
    ...serverOptions(config, onFault),
    page,
    connectionMs: config.streamMs,
  }).catch(async (fault: unknown) => {
    await engine.close();
    throw fault;
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
