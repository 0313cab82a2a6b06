import { check } from "../checker.ts";
import { join } from "node:path";
import { type Entry, type LogEvent, writeHistory } from "../history.ts";
import { Chance } from "../chance.ts";
import type { Crowd } from "../replay/crowd.ts";
import { tell } from "../replay/judge.ts";
import { perform } from "../replay/perform.ts";
import { ROOM, Run } from "../replay/run.ts";
import { Server, SNUG, WITHOUT_BUILD } from "../replay/server.ts";
import type { Outcome, Setting } from "./fault.ts";

export interface Scene {
  readonly run: Run;
  readonly server: Server;
  readonly crowd: Crowd;
}

export interface Judged extends Required<
  Pick<Outcome, "sent" | "acknowledged" | "lost" | "repeated" | "reordered">
> {
  readonly history: Entry[];
  readonly log: LogEvent[];
  readonly differences: string[];
  /** Acknowledged messages that the store lost, and whose senders were told so. */
  readonly letGo: number;
}

/** Plays around a real server, and has the checker judge what everybody saw. */
export async function judge(
  setting: Setting,
  act: (scene: Scene) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<Judged> {
  // The times to heal that are published are those of starts with the page that Snug brings.
  const server = new Server(setting.long ? SNUG : WITHOUT_BUILD, setting.folder, env);
  const run = new Run([server], new Chance(setting.seed));
  return judgeRun(setting, run, (crowd) => act({ run, server, crowd }));
}

/** The same around any servers. */
export async function judgeRun(
  { folder }: Setting,
  run: Run,
  act: (crowd: Crowd) => Promise<void>,
): Promise<Judged> {
  const log = await perform(run, act);
  const { history } = run;
  const verdict = check(ROOM, history, log);
  const sum = (of: "lost" | "repeated" | "reordered") =>
    verdict.readings.reduce((total, reading) => total + reading[of], verdict.sends[of]);
  const differences = tell(run.complaints, verdict);
  if (differences.length > 0)
    await writeHistory(join(folder, "history.log"), history, new Map([[ROOM, log]]));
  return {
    history,
    log,
    differences,
    letGo: verdict.letGo,
    sent: distinct(history, "invoke"),
    acknowledged: distinct(history, "ok"),
    lost: sum("lost"),
    repeated: sum("repeated"),
    reordered: sum("reordered"),
  };
}

/** What of it belongs into the outcome. */
export function figures({ sent, acknowledged, lost, repeated, reordered }: Judged) {
  return { sent, acknowledged, lost, repeated, reordered };
}

function distinct(history: readonly Entry[], kind: "invoke" | "ok"): number {
  const messages = history.flatMap((entry) =>
    entry.kind === kind ? `${entry.sender} ${entry.clientId}` : [],
  );
  return new Set(messages).size;
}

/** Readers of every kind. */
export async function watchers(crowd: Crowd, each: number, run?: Run): Promise<void> {
  for (const transport of ["ws", "sse", "http"] as const) {
    for (let index = 1; index <= each; index++) {
      await crowd.watch(`${transport}-${index}`, transport, run);
    }
  }
}

/**
 * For each moment, how long it took until everybody who had been thrown out by then was in again.
 * Nobody was, where it is 0.
 */
export function heals(history: readonly Entry[], moments: readonly number[]): number[] {
  return moments.map((moment, index) => {
    const next = moments[index + 1] ?? Infinity;
    const out = new Set<string>();
    let healed = 0;
    for (const entry of history) {
      if (entry.t < moment || entry.t >= next) continue;
      if (entry.kind === "close") out.add(entry.client);
      else if (entry.kind === "open" && out.has(entry.client)) healed = entry.t - moment;
    }
    return healed;
  });
}
