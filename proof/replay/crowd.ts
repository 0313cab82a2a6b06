import type { LogEvent, Transport } from "../history.ts";
import { becomeGuest, type Guest, readLog, readPage, SessionLost } from "./call.ts";
import { PageReader } from "./page-reader.ts";
import type { Place } from "../place.ts";
import { Player } from "./player.ts";
import type { Run } from "./run.ts";
import { SocketReader } from "./socket-reader.ts";
import { StreamReader } from "./stream-reader.ts";
import { Visits } from "./visits.ts";
import type { WireEvent } from "./wire.ts";

/** How long all may take, at the end, to be answered and to have read everything. */
const SETTLES_WITHIN = 20_000;
/** Long enough for an event that is sent twice to come a second time. */
const LINGER = 300;
const GLANCE = 20;

interface Watcher {
  readonly place: Place;
  readonly visits: Visits;
}

/** All who take part in a run: watchers, who read, and players, who talk too. */
export class Crowd {
  readonly #run: Run;
  readonly #watchers = new Map<string, Watcher>();
  readonly #players = new Map<string, Player>();
  /** Who reads the log when all is over, and where the watchers begin. */
  #host: Guest;
  readonly #start: string;

  private constructor(run: Run, host: Guest, start: string) {
    this.#run = run;
    this.#host = host;
    this.#start = start;
  }

  static async gather(run: Run): Promise<Crowd> {
    const host = await becomeGuest(run, run.ended, "host");
    const first = host && (await readPage(run, run.ended, host.token, undefined, 1));
    if (!first) throw new Error("the server was away before the run began");
    return new Crowd(run, host, first.cursor);
  }

  /** Somebody who reads from the log's first event on. */
  async watch(name: string, transport: Transport, run = this.#run): Promise<Watcher> {
    const guest = await becomeGuest(this.#run, run.ended, name);
    if (!guest) throw new Error("the server was away when a watcher came");
    return this.watchAs(guest, this.#start, name, transport, run);
  }

  /** A connection of somebody who is there already, from a cursor on. */
  watchAs(
    guest: Guest,
    cursor: string,
    name: string,
    transport: Transport,
    run = this.#run,
  ): Watcher {
    this.#run.signIn(name, guest.id);
    let { token } = guest;
    const Reader = { ws: SocketReader, sse: StreamReader, http: PageReader }[transport];
    const reader = new Reader(run, name, cursor);
    const visits = new Visits(run, async (cut) => {
      const gotIn = await reader.visit(cut, token);
      if (!reader.isOut) return gotIn;
      const anew = await comeAnew(run, cut, name);
      if (anew) ({ token } = anew);
      return anew !== undefined;
    });
    const watcher = { place: reader.place, visits };
    this.#watchers.set(name, watcher);
    return watcher;
  }

  watcher(name: string): Watcher {
    const watcher = this.#watchers.get(name);
    if (!watcher) throw new Error(`no watcher ${name}`);
    return watcher;
  }

  player(nick: string, run = this.#run): Player {
    const known = this.#players.get(nick);
    if (known) return known;
    const player = new Player(run, nick);
    this.#players.set(nick, player);
    return player;
  }

  /** Messages that were said and are not answered. */
  get waiting(): number {
    let waiting = 0;
    for (const player of this.#players.values()) waiting += player.waiting;
    return waiting;
  }

  get #places(): Place[] {
    const players = [...this.#players.values()].map(({ reader }) => reader);
    return [...this.#watchers.values(), ...players].map(({ place }) => place);
  }

  /** Whether everybody knows the log up to there. */
  hasRead(seq: number): boolean {
    return this.#places.every((place) => place.seq >= seq);
  }

  /** Until everything is answered and everybody has read it, or the time for that is over. */
  async settle(): Promise<void> {
    for (const { visits } of [...this.#watchers.values(), ...this.#players.values()]) visits.back();
    await this.until(() => this.waiting === 0, "some messages were still without an answer");
    if (this.#run.ended.aborted) return;
    const end = (await this.readLog()).length;
    const places = this.#places;
    await this.until(() => places.every(({ seq }) => seq >= end), "some had not read everything");
    await Bun.sleep(LINGER);
  }

  /** Waits for it; complains of what was not so in time. */
  async until(done: () => boolean, otherwise: string): Promise<void> {
    const deadline = performance.now() + SETTLES_WITHIN;
    while (!done() && !this.#run.ended.aborted) {
      if (performance.now() > deadline)
        return this.#run.complain(`${otherwise} after ${SETTLES_WITHIN / 1000} s`);
      await Bun.sleep(GLANCE);
    }
  }

  async over(): Promise<void> {
    const all = [...this.#watchers.values(), ...this.#players.values()];
    await Promise.all(all.map(({ visits }) => visits.over));
  }

  async readLog(): Promise<LogEvent[]> {
    const signal = AbortSignal.timeout(SETTLES_WITHIN);
    const read = () => readLog(this.#run, signal, this.#host.token);
    const log = await read().catch(async (error: unknown) => {
      if (!(error instanceof SessionLost)) throw error;
      this.#host = (await becomeGuest(this.#run, signal, "host")) ?? this.#host;
      return read();
    });
    return log.map((event) => logEvent(event, this.#run.body(event)));
  }
}

/** Whoever comes as somebody new, since the store knows them no more. */
async function comeAnew(run: Run, cut: AbortSignal, name: string): Promise<Guest | undefined> {
  try {
    const guest = await becomeGuest(run, cut, name);
    if (guest) run.signIn(name, guest.id);
    return guest;
  } catch (error) {
    run.fault(name, error);
    return undefined;
  }
}

function logEvent(event: WireEvent, body: string): LogEvent {
  const { seq, id, at, type, by, clientId, text } = event;
  const logged: LogEvent = { seq, id, at, type, by, body };
  if (typeof clientId === "string") logged.clientId = clientId;
  if (typeof text === "string") logged.text = text;
  return logged;
}
