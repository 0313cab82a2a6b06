import { createServer, FolderError, Metrics, openEmbedded, systemClock } from "@snug/server";
import { ConfigError, readConfig, usage, type Config } from "./config.ts";
import { log } from "./log.ts";

try {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === null) console.log(usage);
  else await start(config);
} catch (fault) {
  const reason = explain(fault);
  if (reason === null) throw fault;
  console.error(reason);
  process.exit(1);
}

async function start(config: Config): Promise<void> {
  const metrics = new Metrics();
  const onFault = (fault: unknown) => log.error({ fault }, "fault");
  // A fault in one connection's path must not end everybody else's.
  process.on("uncaughtException", onFault).on("unhandledRejection", onFault);
  const engine = await openEmbedded({
    folder: config.data,
    clock: systemClock,
    onCommit: metrics.commit,
    onFault,
  });
  const snug = await createServer({
    engine,
    metrics,
    onFault,
    guests: config.guests,
    allowOrigins: config.allowOrigins,
    page: await Bun.file(new URL("../../../examples/one-file/index.html", import.meta.url)).text(),
    ...(config.origin !== null && { origin: config.origin }),
  });
  const server = Bun.serve({
    port: config.port,
    hostname: config.host,
    // Above every body's own limit, which answers with words.
    maxRequestBodySize: 1024 * 1024,
    development: false,
    fetch: snug.fetch,
    websocket: snug.websocket,
  });
  const { durability } = engine.store;
  console.log(
    `Snug is ready at ${config.origin ?? server.url.origin} (data in ${config.data}, durability ${durability})`,
  );

  const stop = async () => {
    const giveUp = setTimeout(() => {
      log.warn("drain took too long; stopping with requests under way");
      process.exit(1);
    }, config.drain);
    const stopped = server.stop();
    await snug.close();
    await stopped;
    await engine.close();
    clearTimeout(giveUp);
    process.exit(0);
  };
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!stopping) void stop();
      stopping = true;
    });
  }
}

/** One line that says what to do, for what an operator can mend; `null` for a fault of ours. */
function explain(fault: unknown): string | null {
  if (fault instanceof ConfigError || fault instanceof FolderError) return fault.message;
  const code = fault instanceof Error && "code" in fault ? fault.code : null;
  if (code === "EADDRINUSE")
    return "The port is in use. Stop what listens there, or choose another with --port.";
  if (code === "EACCES") return "The port may not be opened. Choose one above 1023 with --port.";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "FailedToOpenSocket") {
    return "The address cannot be listened on. Choose one of this machine's with --host.";
  }
  return null;
}
