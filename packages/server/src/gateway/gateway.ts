import type { SessionId } from "@snug/protocol";
import type { BackplaneListener, Clock, Committed } from "../core/ports.ts";
import { Hub } from "./hub.ts";
import { PostRoom } from "./outbox.ts";

/** A socket or a stream, as the gateway sees it. */
export interface Connection {
  readonly transport: "websocket" | "sse";
  /** Its session is over: nothing more reaches it. */
  sessionEnded(): void;
  /** The server goes away; come back after `retry` milliseconds. */
  bye(retry: number): void;
  /** Called about once a second. */
  pulse(now: number): void;
}

const PULSE = 1_000;
/** Milliseconds; longer than it takes from the look at a session to the open connection. */
const LATELY = 60_000;
/** Milliseconds; the soonest that a restarted server may be back. */
const RETRY = 500;
/** Milliseconds over which those who must reconnect are spread. */
const SPREAD = 2_000;

/** All live connections of this node. */
export class Gateway implements BackplaneListener {
  readonly hub = new Hub();
  readonly postRoom: PostRoom;
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  readonly #bySession = new Map<SessionId, Set<Connection>>();
  /** Sessions that ended lately, and when. A connection may have been let in just before. */
  readonly #ended = new Map<SessionId, number>();
  #leaving = false;
  #cancelPulse: () => void;

  constructor(clock: Clock, onFault: (fault: unknown) => void) {
    this.#clock = clock;
    this.postRoom = new PostRoom(clock, onFault);
    this.#cancelPulse = clock.after(PULSE, () => this.#pulse());
  }

  committed(commit: Committed): void {
    this.hub.committed(commit);
  }

  sessionEnded(session: SessionId): void {
    this.#ended.set(session, this.#clock.elapsed());
    for (const connection of this.#bySession.get(session) ?? []) connection.sessionEnded();
  }

  add(connection: Connection): () => void {
    this.#connections.add(connection);
    if (this.#leaving) this.#clock.soon(() => connection.bye(RETRY));
    return () => this.#connections.delete(connection);
  }

  /** From now on the connection ends with this session. */
  bind(connection: Connection, session: SessionId): () => void {
    const bound = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, bound.add(connection));
    if (this.#ended.has(session)) this.#clock.soon(() => connection.sessionEnded());
    return () => {
      bound.delete(connection);
      if (bound.size === 0 && this.#bySession.get(session) === bound)
        this.#bySession.delete(session);
    };
  }

  count(transport: Connection["transport"]): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.transport === transport) count++;
    return count;
  }

  /** Tells everyone to come back later, and when; also who comes in from now on. */
  bye(): void {
    this.#leaving = true;
    let index = 0;
    const each = SPREAD / Math.max(1, this.#connections.size);
    for (const connection of this.#connections) connection.bye(Math.round(RETRY + each * index++));
  }

  close(): void {
    this.#cancelPulse();
  }

  #pulse(): void {
    this.#cancelPulse = this.#clock.after(PULSE, () => this.#pulse());
    this.postRoom.checkProgress();
    const now = this.#clock.elapsed();
    for (const [session, at] of this.#ended) if (now - at > LATELY) this.#ended.delete(session);
    for (const connection of this.#connections) connection.pulse(now);
  }
}
