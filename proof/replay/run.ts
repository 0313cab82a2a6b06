import { canonical, type Entry, type Transport } from "../history.ts";
import type { Chance } from "../chance.ts";
import type { Recorder } from "../place.ts";
import type { Server, Way } from "./server.ts";
import { type WireEvent, WireFault } from "./wire.ts";

export const ROOM = "general";

/** What a connection is cut with when its reader has read all that it came for. */
export const FINISHED = "finished";

/** What everybody in a run shares: the server, the history, and a place to complain. */
export class Run {
  readonly history: Entry[];
  /** What went wrong that no entry of the history tells. */
  readonly complaints: string[];
  readonly server: Server;
  readonly way: Way;
  readonly chance: Chance;
  /** Who has the room open. */
  readonly reading: Set<string>;
  /** How often each was said to a socket before it ended: the code in its bye, and that it closed with. */
  readonly goodbyes: Map<string, number>;
  readonly #bodies: Map<string, string>;
  readonly #ended: AbortController;

  constructor(server: Server, chance: Chance, way: Way = server, of?: Run) {
    this.server = server;
    this.way = way;
    this.chance = chance;
    this.history = of?.history ?? [];
    this.complaints = of?.complaints ?? [];
    this.reading = of?.reading ?? new Set();
    this.goodbyes = of?.goodbyes ?? new Map();
    this.#bodies = of ? of.#bodies : new Map();
    this.#ended = of ? of.#ended : new AbortController();
    if (of) return;
    const node = "server";
    server.tell = (life) => {
      const t = performance.now();
      if (life.kind === "exit") return void this.history.push({ ...life, t, node });
      this.history.push({ kind: "start", t, node });
      this.history.push({ kind: "durability", t, node, word: life.durability });
    };
    server.beforeKill = () =>
      void this.history.push({
        kind: "fault",
        t: performance.now(),
        what: "kill -9",
        takes: "process",
      });
    server.onDeath = (why) => {
      // The connections complained first, but this is why.
      this.complaints.unshift(why);
      this.end();
    };
  }

  /** The same run, for those who come another way. */
  through(way: Way): Run {
    return new Run(this.server, this.chance, way, this);
  }

  /** Aborts when the run cannot go on, or is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(): void {
    this.#ended.abort();
  }

  /** Whether a reader whose connection is over had read all that it came for. */
  isFinished(cut: AbortSignal): boolean {
    return this.ended.aborted || cut.reason === FINISHED;
  }

  /** All faults so far are over. */
  calm(): void {
    this.history.push({ kind: "calm", t: performance.now() });
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  recorder(client: string, transport: Transport): Recorder {
    return {
      write: (entry) => {
        this.history.push({ client, t: performance.now(), room: ROOM, transport, ...entry });
        if (entry.kind === "open") this.reading.add(client);
        else if (entry.kind === "close") this.reading.delete(client);
      },
      observe: (event) =>
        this.history.push({
          client,
          t: performance.now(),
          room: ROOM,
          transport,
          kind: "observe",
          seq: event.seq,
          id: event.id,
          body: this.body(event),
        }),
    };
  }

  /** The content of an event, kept once however many saw it. */
  body(event: WireEvent): string {
    const body = canonical(event);
    const known = this.#bodies.get(body);
    if (known !== undefined) return known;
    this.#bodies.set(body, body);
    return body;
  }

  /** Tells on whoever it was: `error` is no outage, for those are not caught here. */
  fault(client: string, error: unknown): void {
    const what = error instanceof WireFault ? error.message : String(error);
    this.complain(`${client}: ${what}`);
  }
}
