import { closeCodes, limits, type Cursor, type RoomId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { Follower, type FollowerWorld } from "./follower.ts";
import type { Connection, Gateway } from "./gateway.ts";
import { Outbox, type Wire } from "./outbox.ts";
import { sseBye, sseEvents, sseGap, sseHeartbeat, sseHello } from "./sse-text.ts";

/** What an SSE transport lends. */
export interface StreamWire extends Wire<Uint8Array> {
  /** Ends the stream after what was sent. */
  end(): void;
  /** Ends it like `end`, and lets go of it soon: its reader takes nothing. */
  giveUp(): void;
  /** Ends it now; what still waits here is dropped. */
  abort(): void;
}

export interface StreamWorld extends FollowerWorld {
  readonly gateway: Gateway;
  readonly onSlow: () => void;
}

/** Milliseconds after which a browser reconnects by itself. */
const RETRY = 1_000;
/** Two pulses early, so that no heartbeat is late. */
const QUIET = limits.heartbeatMs - 2_000;

/** One room as server-sent events, to one reader. */
export class Stream implements Connection {
  readonly transport = "sse";
  readonly #world: StreamWorld;
  readonly #wire: StreamWire;
  readonly #outbox: Outbox<Uint8Array>;
  readonly #follower: Follower;
  readonly #undo: (() => void)[];
  #lastSent: number;
  #closed = false;

  constructor(world: StreamWorld, wire: StreamWire, actor: Actor, room: RoomId, after: Cursor) {
    this.#world = world;
    this.#wire = wire;
    this.#lastSent = world.gateway.postRoom.clock.elapsed();
    this.#outbox = new Outbox(wire, world.gateway.postRoom, () => {
      world.onSlow();
      this.closed();
      wire.giveUp();
    });
    this.#undo = [world.gateway.add(this), world.gateway.bind(this, actor.session)];
    this.#send(sseHello(RETRY));
    this.#follower = new Follower(world, room, after, {
      catchUp: "paced",
      batch: (batch) => this.#send(batch.sse),
      history: (epoch, events) => this.#send(sseEvents(epoch, events)),
      gap: (gap) => this.#send(sseGap(gap)),
      ready: () => this.#ready(),
    });
  }

  drained(): void {
    this.#outbox.drained();
  }

  /** The reader is gone. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#follower.close();
    this.#outbox.close();
    for (const undo of this.#undo) undo();
  }

  sessionEnded(): void {
    if (this.#closed) return;
    this.closed();
    this.#wire.abort();
  }

  bye(retry: number): void {
    this.#outbox.push(sseBye(closeCodes.restart, retry));
    this.#end();
  }

  pulse(now: number): void {
    if (now - this.#lastSent >= QUIET) this.#send(sseHeartbeat);
  }

  /** A turn for everybody else between two pieces of history, however fast this reader is. */
  async #ready(): Promise<void> {
    await new Promise<void>((resume) => this.#world.gateway.postRoom.clock.soon(resume));
    await this.#outbox.ready();
  }

  #send(bytes: Uint8Array): void {
    this.#lastSent = this.#world.gateway.postRoom.clock.elapsed();
    this.#outbox.push(bytes);
  }

  #end(): void {
    // The last flush may find the queue too full, and end the connection itself.
    if (!this.#closed) this.#outbox.flush();
    if (this.#closed) return;
    this.closed();
    this.#wire.end();
  }
}
