import { setTimeout as sleep } from "node:timers/promises";
import type { Crowd } from "./crowd.ts";
import type { Line } from "./log.ts";
import type { Fault, Plan } from "./plan.ts";
import type { Run } from "./run.ts";
import type { Visits } from "./visits.ts";

export interface Script {
  lines: readonly Line[];
  /** Log seconds that pass in one second. */
  speed: number;
  onProgress?: (progress: Progress) => void;
}

export interface Progress {
  said: number;
  waiting: number;
  kills: number;
}

/** A log is said by its people, and what was planned goes wrong meanwhile. */
export class Stage {
  readonly #run: Run;
  readonly #faults: readonly Fault[];
  readonly #crowd: Crowd;
  #killing: Promise<void> = Promise.resolve();

  constructor(run: Run, { faults }: Plan, crowd: Crowd) {
    this.#run = run;
    this.#faults = faults;
    this.#crowd = crowd;
  }

  async sayAll(script: Script): Promise<void> {
    const faults = Map.groupBy(this.#faults, ({ line }) => line);
    const comebacks = new Map<number, Visits[]>();
    const beganAt = performance.now();
    for (const [index, line] of script.lines.entries()) {
      const dueIn = beganAt + (line.second * 1000) / script.speed - performance.now();
      await sleep(Math.max(0, dueIn), undefined, { signal: this.#run.ended }).catch(() => {});
      if (this.#run.ended.aborted) return;

      for (const visits of comebacks.get(index) ?? []) visits.back();
      const player = this.#crowd.player(line.nick);
      player.say(`line-${index + 1}`, line.text);
      for (const fault of faults.get(index) ?? []) {
        if (fault.kind === "kill") {
          this.#kill();
          continue;
        }
        const visits =
          fault.kind === "cut" ? this.#crowd.watcher(fault.watcher).visits : player.visits;
        visits.cut();
        comebacks.set(fault.until, [...(comebacks.get(fault.until) ?? []), visits]);
      }
      script.onProgress?.({
        said: index + 1,
        waiting: this.#crowd.waiting,
        kills: this.#run.server.kills,
      });
    }
    await this.#killing;
  }

  /** One kill after the other: a server that is not back yet cannot be killed. */
  #kill(): void {
    this.#killing = this.#killing
      .then(() => this.#run.server.killAndRestart())
      .catch((error: unknown) => {
        this.#run.complain(String(error));
        this.#run.end();
      });
  }
}
