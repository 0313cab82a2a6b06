import {
  bunPasswords,
  bunPictures,
  createServer,
  FolderError,
  Metrics,
  MoveError,
  RedisError,
  type SnugServer,
} from "@snug/server";
import { lookup } from "node:dns/promises";
import { ConfigError, moveUsage, readConfig, readMove, usage, type Config } from "./config.ts";
import { log } from "./log.ts";
import { openEngine, placesOf } from "./open-engine.ts";
import { keptPage, own } from "./page/own.ts";
import { PageError } from "./page/page-error.ts";
import { serverOptions } from "./server-options.ts";

try {
  const [command, ...args] = process.argv.slice(2);
  if (command === "move") {
    const config = readMove(args, process.env);
    if (config === null) console.log(moveUsage);
    else await (await import("./move.ts")).move(config);
  } else {
    const config = readConfig(process.argv.slice(2), process.env);
    if (config === null) console.log(usage);
    else await start(config);
  }
} catch (fault) {
  // What an operator can mend is said in one line; the rest is a fault of ours.
  const mendable = [ConfigError, FolderError, RedisError, MoveError, PageError];
  if (fault instanceof Error && mendable.some((kind) => fault instanceof kind))
    console.error(fault.message);
  else log.fatal({ fault }, "Snug could not start");
  process.exit(1);
}

async function start(config: Config): Promise<void> {
  const metrics = new Metrics();
  const report = (what: string) => (fault: unknown) => {
    metrics.fault();
    log.error({ fault }, what);
  };
  const onFault = report("fault");
  // A fault in one connection's path must not end everybody else's.
  process
    .on("uncaughtException", report("uncaught exception"))
    .on("unhandledRejection", report("unhandled rejection"));
  const demo = config.demo ? await import("./demo/tell.ts") : null;
  await demo?.tellStory(config.data);
  const [page, engine] = await Promise.all([
    config.page === null ? keptPage(own) : (await import("./page/read.ts")).readPage(config.page),
    openEngine(config, { onCommit: metrics.commit, onFault }),
  ]);
  const ready = Promise.withResolvers<string>();
  const claim = async (word: string) => {
    const origin = await ready.promise;
    console.log(
      `Nobody is administrator yet. Whoever makes an account at ${origin}/#claim=${word} is it; the link works once, until the next start.`,
    );
  };
  const snug = await createServer({
    engine,
    passwords: bunPasswords(),
    pictures: bunPictures(),
    metrics,
    ...serverOptions(config, onFault),
    demo: demo?.offered() ?? [],
    // On this machine alone the first account is administrator.
    adminClaim: config.isPublic ? (word) => void claim(word) : null,
    page,
  });
  const server = await listen(config, snug);
  const { durability } = engine.store;
  const origin = config.origin ?? server.url.origin;
  console.log(`Snug is ready at ${origin} (${placesOf(config)}, durability ${durability})`);
  ready.resolve(origin);

  const stop = async () => {
    try {
      const stopped = server.stop();
      await Promise.race([snug.close().then(() => stopped), Bun.sleep(config.drain)]);
      await server.stop(true);
      await engine.close();
      process.exit(0);
    } catch (fault) {
      log.fatal({ fault }, "Snug could not stop as it should");
      process.exit(1);
    }
  };
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!stopping) void stop();
      stopping = true;
    });
  }
}

async function listen({ port, host }: Config, snug: SnugServer) {
  try {
    // Asked first: for a host without an address Bun may say that the port is in use.
    await lookup(host);
    return Bun.serve({
      port,
      hostname: host,
      maxRequestBodySize: snug.maxRequestBodySize,
      development: false,
      // Bun would let a second server share the port, and people would meet one or the other.
      reusePort: false,
      fetch: snug.fetch,
      websocket: snug.websocket,
    });
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? fault.code : null;
    if (code === "EADDRINUSE") {
      throw new ConfigError(
        `Port ${port} is in use. Stop what listens there, or choose another with --port.`,
      );
    }
    if (code === "EACCES") {
      throw new ConfigError(`Port ${port} may not be opened. Choose one above 1023 with --port.`);
    }
    throw new ConfigError(
      `${host} is no address to listen on here (${String(code)}). Choose one of this machine's with --host.`,
    );
  }
}
