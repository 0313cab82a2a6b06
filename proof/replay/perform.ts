import { setTimeout as sleep } from "node:timers/promises";
import type { LogEvent } from "../history.ts";
import { Crowd } from "./crowd.ts";
import type { Run } from "./run.ts";

const DEATH_KNOWN_WITHIN = 200;

/** Starts the server, lets a crowd act until all has settled, and brings the log that is left. */
export async function perform(run: Run, act: (crowd: Crowd) => Promise<void>): Promise<LogEvent[]> {
  try {
    await run.server.start();
    const crowd = await Crowd.gather(run);
    await act(crowd);
    run.calm();
    await crowd.settle();
    run.end();
    await crowd.over();
    return run.server.isUp ? await crowd.readLog() : [];
  } catch (error) {
    run.complain(String(error));
    // When it was the server that died, its connections ended before its end is known.
    await sleep(DEATH_KNOWN_WITHIN);
    return [];
  } finally {
    run.end();
    await run.server.stop();
    for (const line of run.server.printed())
      run.history.push({ kind: "log-line", t: performance.now(), node: "server", line });
  }
}
