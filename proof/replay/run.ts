import { canonical, type Entry, type Fault, type Transport } from "../history.ts";
import type { Chance } from "../chance.ts";
import type { Recorder } from "../place.ts";
import type { Life, Server, Way } from "./server.ts";
import { type WireEvent, WireFault } from "./wire.ts";

export const ROOM = "general";

/** What a connection is cut with when its reader has read all that it came for. */
export const FINISHED = "finished";

/** What everybody in a run shares: the server, the history, and a place to complain. */
export class Run {
  readonly history: Entry[];
  /** What went wrong that no entry of the history tells. */
  readonly complaints: string[];
  /** The nodes of one house; mostly there is one. */
  readonly servers: readonly [Server, ...Server[]];
  readonly way: Way;
  readonly chance: Chance;
  /** Who has the room open. */
  readonly reading: Set<string>;
  /** How often each was said to a socket before it ended: the code in its bye, and that it closed with. */
  readonly goodbyes: Map<string, number>;
  readonly #bodies: Map<string, string>;
  readonly #losses: { count: number };
  readonly #ended: AbortController;

  constructor(
    servers: readonly [Server, ...Server[]],
    chance: Chance,
    way: Way = servers[0],
    of?: Run,
  ) {
    this.servers = servers;
    this.way = way;
    this.chance = chance;
    this.history = of?.history ?? [];
    this.complaints = of?.complaints ?? [];
    this.reading = of?.reading ?? new Set();
    this.goodbyes = of?.goodbyes ?? new Map();
    this.#losses = of ? of.#losses : { count: 0 };
    this.#bodies = of ? of.#bodies : new Map();
    this.#ended = of ? of.#ended : new AbortController();
    if (of) return;
    for (const server of servers) {
      server.tell = (life) => this.#tell(server.name, life);
      server.beforeKill = () => this.breaks("kill -9", "process");
      server.onDeath = (why) => {
        // The connections complained first, but this is why.
        this.complaints.unshift(why);
        this.end();
      };
    }
  }

  /** The only one, or the first. */
  get server(): Server {
    return this.servers[0];
  }

  /** Who is here is judged where there are several; of one, the simulation does it. */
  get isOfNodes(): boolean {
    return this.servers.length > 1;
  }

  /** The same run, for those who come another way. */
  through(way: Way): Run {
    return new Run(this.servers, this.chance, way, this);
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

  /** Something is about to be broken. */
  breaks(what: string, takes: Fault["takes"]): void {
    this.history.push({ kind: "fault", t: performance.now(), what, takes });
  }

  /** The store is about to lose what it holds, and who is signed in with it. */
  loses(what: string): void {
    this.breaks(what, "history");
    this.#losses.count++;
  }

  /** Whether somebody's session may be gone. */
  get hasLost(): boolean {
    return this.#losses.count > 0;
  }

  /** All faults so far are over. `clean`: every connection that ended was seen to end. */
  calm({ clean = false } = {}): void {
    this.history.push({ kind: "calm", t: performance.now(), ...(clean && { clean }) });
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

  /** Whose client this is; said before it has the room open. */
  signIn(client: string, user: string): void {
    this.history.push({ kind: "sign-in", t: performance.now(), client, user });
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

  #tell(node: string, life: Life): void {
    const t = performance.now();
    if (life.kind === "exit") return void this.history.push({ ...life, t, node });
    this.history.push({ kind: "start", t, node });
    this.history.push({ kind: "durability", t, node, word: life.durability });
  }
}
