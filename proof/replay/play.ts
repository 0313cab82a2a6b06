import type { Entry, LogEvent } from "../history.ts";
import { Chance } from "../chance.ts";
import { perform } from "./perform.ts";
import { type Plan, planFaults } from "./plan.ts";
import { Run } from "./run.ts";
import { Server, SNUG } from "./server.ts";
import { type Script, Stage } from "./stage.ts";

/** How much longer than its log a run may take in all, starting and settling included. */
const SPARE = 90_000;

export interface Order extends Script {
  seed: number;
  kills: number;
  watchersEach: number;
  /** An empty folder for the server's data and logs. */
  folder: string;
  /** What to start instead of Snug. */
  command?: readonly string[];
  stop?: AbortSignal;
}

export interface Played {
  plan: Plan;
  history: Entry[];
  log: LogEvent[];
  complaints: string[];
  kills: number;
  /** For each kill, the milliseconds until the server was ready again. */
  away: number[];
}

/** Plays the lines through a real server while watchers look on and things break, as planned. */
export async function play(order: Order): Promise<Played> {
  const plan = planFaults({ ...order, lines: order.lines.length });
  const run = new Run([new Server(order.command ?? SNUG, order.folder)], new Chance(order.seed));
  order.stop?.addEventListener("abort", () => {
    run.end();
    run.server.killNow();
  });
  const allowed = ((order.lines.at(-1)?.second ?? 0) / order.speed) * 1000 + SPARE;
  const overdue = setTimeout(() => {
    run.complain(`the run was not over after ${Math.ceil(allowed / 1000)} s`);
    run.end();
  }, allowed);
  const log = await perform(run, async (crowd) => {
    for (const { name, transport } of plan.watchers) await crowd.watch(name, transport);
    await new Stage(run, plan, crowd).sayAll(order);
  });
  clearTimeout(overdue);
  return {
    plan,
    history: run.history,
    log,
    complaints: run.complaints,
    kills: run.server.kills,
    away: run.server.away,
  };
}
