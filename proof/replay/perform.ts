import { setTimeout as sleep } from "node:timers/promises";
import type { LogEvent } from "../history.ts";
import { Crowd } from "./crowd.ts";
import type { Run } from "./run.ts";

const DEATH_KNOWN_WITHIN = 200;

/** Starts the servers, one after the other, lets a crowd act until all has settled, and brings the log that is left. */
export async function perform(run: Run, act: (crowd: Crowd) => Promise<void>): Promise<LogEvent[]> {
  try {
    for (const server of run.servers) await server.start();
    const crowd = await Crowd.gather(run);
    await act(crowd);
    run.calm();
    await crowd.settle();
    run.end();
    await crowd.over();
    return run.servers.some(({ isUp }) => isUp) ? await crowd.readLog() : [];
  } catch (error) {
    run.complain(String(error));
    // When it was the server that died, its connections ended before its end is known.
    await sleep(DEATH_KNOWN_WITHIN);
    return [];
  } finally {
    run.end();
    await Promise.all(run.servers.map((server) => server.stop()));
    for (const server of run.servers)
      for (const line of server.printed())
        run.history.push({ kind: "log-line", t: performance.now(), node: server.name, line });
  }
}
