import { canonical, type Entry, type Transport } from "../history.ts";
import type { Chance } from "../chance.ts";
import type { Server } from "./server.ts";
import { type WireEvent, WireFault } from "./wire.ts";

export const ROOM = "general";

/** What everybody in a run shares: the server, the history, and a place to complain. */
export class Run {
  readonly history: Entry[] = [];
  /** What went wrong that no entry of the history tells. */
  readonly complaints: string[] = [];
  readonly server: Server;
  readonly chance: Chance;
  readonly #bodies = new Map<string, string>();
  readonly #ended = new AbortController();

  constructor(server: Server, chance: Chance) {
    this.server = server;
    this.chance = chance;
    server.onDeath = (why) => {
      // The connections complained first, but this is why.
      this.complaints.unshift(why);
      this.end();
    };
  }

  /** Aborts when the run cannot go on, or is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(): void {
    this.#ended.abort();
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  recorder(client: string, transport: Transport): Recorder {
    return {
      write: (entry) =>
        this.history.push({ client, t: performance.now(), room: ROOM, transport, ...entry }),
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

export interface Recorder {
  write(entry: Said): void;
  observe(event: WireEvent): void;
}

type Said = DistributiveOmit<Entry, "client" | "t" | "room" | "transport">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
