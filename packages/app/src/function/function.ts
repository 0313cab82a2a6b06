import { fail } from "@snug/protocol";
import { problem } from "@snug/server";
import { log } from "../log.ts";
import { openHouse, type House } from "./house.ts";

// Snug without a process of its own: the platform calls `fetch`, and between two calls
// it may stop this one for as long as it likes, or end it.

/** Milliseconds between two looks at the clock. */
const LOOK = 500;
/** Milliseconds without a look after which it was stopped. */
const STOPPED = 2_000;

let house: Promise<House | null> | null = null;
let lookedAt = Date.now();

export default {
  async fetch(request: Request): Promise<Response> {
    look();
    const mine = (house ??= open());
    return (await mine)?.fetch(request) ?? problem(unable);
  },
};

setInterval(look, LOOK).unref();
process
  // A fault in one call's path must not end everybody else's.
  .on("uncaughtException", (fault) => log.error({ fault }, "uncaught exception"))
  .on("unhandledRejection", (fault) => log.error({ fault }, "unhandled rejection"))
  .once("SIGTERM", () => void close().finally(() => process.exit(0)));

/** `null`: it cannot be opened now, and whoever asks next tries again. */
function open(): Promise<House | null> {
  const mine = openHouse().catch((fault: unknown) => {
    log.fatal({ fault }, "Snug could not start");
    if (house === mine) house = null;
    return null;
  });
  return mine;
}

/**
 * Of one that was stopped the connections may be broken, without a word, and what the
 * others said was missed: it begins anew.
 */
function look(): void {
  const now = Date.now();
  if (now - lookedAt > STOPPED) void close();
  lookedAt = now;
}

async function close(): Promise<void> {
  const old = house;
  house = null;
  await (await old)?.close();
}

const { error: unable } = fail(
  "store_unavailable",
  "Snug could not start here; its log says why. Try again later.",
);
