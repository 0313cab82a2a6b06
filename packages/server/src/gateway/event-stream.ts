import { closeCodes, limits, type Code, type Room, type RoomId } from "@snug/protocol";
import { boundTo, type Actor } from "../core/actor.ts";
import type { Connection, Gateway } from "./gateway.ts";
import { Outbox, type Wire } from "./outbox.ts";
import type { Signal } from "./signal.ts";
import type { Stay } from "./stay.ts";
import { sseBye, sseHeartbeat, sseHello } from "./sse-text.ts";

/** What an SSE transport lends. */
export interface StreamWire extends Wire<Uint8Array> {
  /** Ends the stream after what was sent. */
  end(): void;
  /** Ends it like `end`, and lets go of it soon: its reader takes nothing. */
  giveUp(): void;
  /** Ends it now; what still waits here is dropped. */
  abort(): void;
}

export interface EventStreamWorld {
  readonly gateway: Gateway;
  readonly onSlow: () => void;
}

/** Milliseconds after which a browser reconnects by itself. */
const RETRY = 1_000;
/** Two pulses early, so that no heartbeat is late. */
const QUIET = limits.heartbeatMs - 2_000;

/** Server-sent events to one reader, whatever they are about. */
export abstract class EventStream implements Connection {
  readonly transport = "sse";
  /** What others see of it. */
  protected readonly stay: Stay;
  readonly actor: Actor;
  readonly #gateway: Gateway;
  readonly #wire: StreamWire;
  readonly #outbox: Outbox<Uint8Array>;
  #lastSent: number;
  #closed = false;

  constructor(world: EventStreamWorld, wire: StreamWire, actor: Actor) {
    this.actor = actor;
    this.#gateway = world.gateway;
    this.#wire = wire;
    this.#lastSent = this.#clock.elapsed();
    this.#outbox = new Outbox(wire, world.gateway.postRoom, () => {
      world.onSlow();
      this.closed();
      wire.giveUp();
    });
    world.gateway.add(this);
    world.gateway.bind(this, actor);
    this.stay = world.gateway.roster.arrive(actor.user.id, (signal) => this.signal(signal));
    this.send(sseHello(RETRY));
  }

  abstract readonly following: readonly RoomId[];

  abstract lookAgain(): void;

  /** What this stream is made of ends with it. */
  protected abstract release(): void;

  /** Hands on what is said to this reader. False if it was shed. */
  protected abstract signal(signal: Signal): boolean;

  lost(_room: RoomId, _code: Code): void {}
  placeChanged(_room: RoomId): void {}
  publicRoom(_room: Room): void {}
  publicRoomGone(_room: RoomId): void {}

  drained(): void {
    this.#outbox.drained();
  }

  /** The reader is gone. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.release();
    this.stay.leave();
    this.#outbox.close();
    this.#gateway.remove(this);
    this.#gateway.unbind(this, this.actor);
  }

  sessionEnded(): void {
    if (this.#closed) return;
    this.stay.end();
    this.closed();
    this.#wire.abort();
  }

  bye(retry: number): void {
    this.#outbox.push(sseBye(closeCodes.restart, retry));
    this.end();
  }

  pulse(now: number): void {
    if (now - this.#lastSent >= QUIET) this.send(sseHeartbeat);
  }

  /** A turn for everybody else between two pieces of history, however fast this reader is. */
  protected async ready(): Promise<void> {
    await new Promise<void>((resume) => this.#clock.soon(resume));
    await this.#outbox.ready();
  }

  protected send(bytes: Uint8Array): void {
    this.#lastSent = this.#clock.elapsed();
    this.#outbox.push(bytes);
  }

  /** For what may be lost: false if it was shed. */
  protected offer(bytes: Uint8Array): boolean {
    const isTaken = this.#outbox.offer(bytes);
    if (isTaken) this.#lastSent = this.#clock.elapsed();
    return isTaken;
  }

  /** Of people with whom one shares a room. A token that is bound to rooms tells of nobody. */
  protected watchStatus(): void {
    if (boundTo(this.actor) === null) this.stay.watch();
  }

  protected end(): void {
    // The last flush may find the queue too full, and end the connection itself.
    if (!this.#closed) this.#outbox.flush();
    if (this.#closed) return;
    this.closed();
    this.#wire.end();
  }

  get #clock() {
    return this.#gateway.postRoom.clock;
  }
}
