import { setTimeout as sleep } from "node:timers/promises";
import type { LogEvent } from "../history.ts";
import { becomeGuest, readLog, readPage } from "./call.ts";
import type { Line } from "./log.ts";
import { PageReader } from "./page-reader.ts";
import type { Place } from "./place.ts";
import type { Fault, Plan } from "./plan.ts";
import { Player } from "./player.ts";
import type { Run } from "./run.ts";
import { SocketReader } from "./socket-reader.ts";
import { StreamReader } from "./stream-reader.ts";
import { Visits } from "./visits.ts";
import type { WireEvent } from "./wire.ts";

/** How long all may take, after the last line, to be answered and to have read everything. */
const SETTLES_WITHIN = 20_000;
/** Long enough for an event that is sent twice to come a second time. */
const LINGER = 300;
const GLANCE = 20;

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

/** All who take part in a run. */
export class Stage {
  readonly #run: Run;
  readonly #faults: readonly Fault[];
  readonly #watchers: Map<string, { place: Place; visits: Visits }>;
  readonly #players = new Map<string, Player>();
  readonly #token: string;
  #killing: Promise<void> = Promise.resolve();

  constructor(
    run: Run,
    plan: Plan,
    token: string,
    watchers: Map<string, { place: Place; visits: Visits }>,
  ) {
    this.#run = run;
    this.#faults = plan.faults;
    this.#token = token;
    this.#watchers = watchers;
  }

  /** Brings the watchers in; all begin to read after the log's first event. */
  static async set(run: Run, plan: Plan): Promise<Stage> {
    const tokens = new Map<string, string>();
    for (const { name } of plan.watchers) {
      const guest = await becomeGuest(run, run.ended, name);
      if (!guest) throw new Error("the server was away before the run began");
      tokens.set(name, guest.token);
    }
    const [token = ""] = tokens.values();
    const first = await readPage(run, run.ended, token, undefined, 1);
    if (!first) throw new Error("the server was away before the run began");

    const watchers = new Map<string, { place: Place; visits: Visits }>();
    for (const { name, transport } of plan.watchers) {
      const Reader = { ws: SocketReader, sse: StreamReader, http: PageReader }[transport];
      const reader = new Reader(run, name, first.cursor);
      const visits = new Visits(run, (cut) => reader.visit(cut, tokens.get(name) ?? ""));
      watchers.set(name, { place: reader.place, visits });
    }
    return new Stage(run, plan, token, watchers);
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
      const player = this.#player(line.nick);
      player.say(`line-${index + 1}`, line.text);
      for (const fault of faults.get(index) ?? []) {
        if (fault.kind === "kill") {
          this.#kill();
          continue;
        }
        const visits = fault.kind === "cut" ? this.#watcher(fault.watcher) : player.visits;
        visits.cut();
        comebacks.set(fault.until, [...(comebacks.get(fault.until) ?? []), visits]);
      }
      script.onProgress?.({
        said: index + 1,
        waiting: this.#waiting(),
        kills: this.#run.server.kills,
      });
    }
  }

  /** Until everything is answered and everybody has read it, or the time for that is over. */
  async settle(): Promise<void> {
    const deadline = performance.now() + SETTLES_WITHIN;
    const until = async (done: () => boolean, what: string) => {
      while (!done() && !this.#run.ended.aborted) {
        if (performance.now() > deadline)
          return this.#run.complain(`${what} after ${SETTLES_WITHIN / 1000} s`);
        await Bun.sleep(GLANCE);
      }
    };
    await this.#killing;
    for (const { visits } of [...this.#watchers.values(), ...this.#players.values()]) visits.back();
    await until(() => this.#waiting() === 0, "some messages were still without an answer");
    if (this.#run.ended.aborted) return;
    const end = (await this.readLog()).length;
    const places = [
      ...this.#watchers.values(),
      ...[...this.#players.values()].map(({ reader }) => reader),
    ].map(({ place }) => place);
    await until(() => places.every((place) => place.seq >= end), "some had not read everything");
    await Bun.sleep(LINGER);
  }

  async over(): Promise<void> {
    const all = [...this.#watchers.values(), ...this.#players.values()];
    await Promise.all(all.map(({ visits }) => visits.over));
  }

  async readLog(): Promise<LogEvent[]> {
    const log = await readLog(this.#run, AbortSignal.timeout(SETTLES_WITHIN), this.#token);
    return log.map((event) => logEvent(event, this.#run.body(event)));
  }

  #player(nick: string): Player {
    const known = this.#players.get(nick);
    if (known) return known;
    const player = new Player(this.#run, nick);
    this.#players.set(nick, player);
    return player;
  }

  #watcher(name: string): Visits {
    const watcher = this.#watchers.get(name);
    if (!watcher) throw new Error(`no watcher ${name}`);
    return watcher.visits;
  }

  #waiting(): number {
    let waiting = 0;
    for (const player of this.#players.values()) waiting += player.waiting;
    return waiting;
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

function logEvent(event: WireEvent, body: string): LogEvent {
  const { seq, id, at, type, by, clientId, text } = event;
  const logged: LogEvent = { seq, id, at, type, by, body };
  if (typeof clientId === "string") logged.clientId = clientId;
  if (typeof text === "string") logged.text = text;
  return logged;
}
