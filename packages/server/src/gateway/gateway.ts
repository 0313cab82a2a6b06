import type { Code, Room, RoomId, RoomKind, SessionId, UserId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { toRoom } from "../core/place.ts";
import type { BackplaneListener, Clock, Committed, RoomStore } from "../core/ports.ts";
import { Hub } from "./hub.ts";
import { PostRoom } from "./outbox.ts";

/** A socket or a stream, as the gateway sees it. */
export interface Connection {
  readonly transport: "websocket" | "sse";
  /** Its session is over, or its user erased: nothing more reaches it. */
  sessionEnded(): void;
  /** Its user may not follow this room any more: nothing more of it reaches them. */
  lost(room: RoomId, code: Code): void;
  /** The user's own place in this room is another now. */
  placeChanged(room: RoomId): void;
  /** The room itself is another now. */
  roomChanged(room: RoomId): void;
  /** A public room appeared, or is another now. */
  publicRoom(room: Room): void;
  publicRoomGone(room: RoomId): void;
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

/** Milliseconds; a token's end may lie further ahead than a timer reaches. */
const FAR = 24 * 60 * 60 * 1_000;

/** All live connections of this node. */
export class Gateway implements BackplaneListener {
  readonly hub = new Hub();
  readonly postRoom: PostRoom;
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  readonly #bySession = new Map<SessionId, Set<Connection>>();
  readonly #byUser = new Map<UserId, Set<Connection>>();
  readonly #store: Pick<RoomStore, "room" | "banned">;
  readonly #onFault: (fault: unknown) => void;
  /** Sessions that ended, and users who were erased lately, and when. A connection may have been let in just before. */
  readonly #ended = new Map<SessionId | UserId, number>();
  /** Who was sent away lately, from which room and when. They may have been let in just before. */
  readonly #lost = new Map<string, { count: number; at: number }>();
  #removals = 0;
  #leaving = false;
  #cancelPulse: () => void;

  constructor(
    clock: Clock,
    store: Pick<RoomStore, "room" | "banned">,
    onFault: (fault: unknown) => void,
  ) {
    this.#clock = clock;
    this.#store = store;
    this.#onFault = onFault;
    this.postRoom = new PostRoom(clock, onFault);
    this.#cancelPulse = clock.after(PULSE, () => this.#pulse());
  }

  committed(commit: Committed): void {
    const { room, effects, events } = commit;
    // Before the events go out: whoever was sent away must not read on.
    for (const effect of effects) {
      if (effect.kind !== "leave") continue;
      const lost = { count: ++this.#removals, at: this.#clock.elapsed() };
      this.#lost.set(`${room} ${effect.user}`, lost);
      for (const one of this.#byUser.get(effect.user) ?? []) one.lost(room, "forbidden");
    }
    if (events.length > 0) this.hub.committed(commit);
    for (const effect of effects) {
      if (effect.kind !== "room")
        for (const one of this.#byUser.get(effect.user) ?? []) one.placeChanged(room);
      else for (const one of this.#connections) one.roomChanged(room);
    }
    const isNew = events[0]?.seq === 1;
    if (isNew || effects.some(({ kind }) => kind === "room"))
      this.#tellPublic(room).catch(this.#onFault);
  }

  roomDestroyed(room: RoomId, kind: RoomKind): void {
    for (const one of this.#connections) {
      if (kind === "public") one.publicRoomGone(room);
      one.lost(room, "room_gone");
      one.roomChanged(room);
    }
  }

  sessionEnded(session: SessionId): void {
    this.#ended.set(session, this.#clock.elapsed());
    for (const connection of this.#bySession.get(session) ?? []) connection.sessionEnded();
  }

  userErased(user: UserId): void {
    this.#ended.set(user, this.#clock.elapsed());
    for (const connection of this.#byUser.get(user) ?? []) connection.sessionEnded();
  }

  /** How many there were; kept before somebody is let into a room, for `hasLost`. */
  get removals(): number {
    return this.#removals;
  }

  /** Whether this user was sent away from this room since then: what was allowed is so no more. */
  hasLost(room: RoomId, user: UserId, since: number): boolean {
    return (this.#lost.get(`${room} ${user}`)?.count ?? 0) > since;
  }

  add(connection: Connection): () => void {
    this.#connections.add(connection);
    if (this.#leaving) this.#clock.soon(() => connection.bye(RETRY));
    return () => this.#connections.delete(connection);
  }

  /** From now on the connection is this actor's, and ends with their session. */
  bind(connection: Connection, { session, user, expiresAt }: Actor): () => void {
    const undo = [
      addTo(this.#bySession, session, connection),
      addTo(this.#byUser, user.id, connection),
    ];
    if (expiresAt !== null) undo.push(this.#endAt(expiresAt, connection));
    if (this.#ended.has(session) || this.#ended.has(user.id))
      this.#clock.soon(() => connection.sessionEnded());
    return () => {
      for (const each of undo) each();
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

  #endAt(expiresAt: number, connection: Connection): () => void {
    let cancel = () => {};
    const wait = () => {
      const left = expiresAt - this.#clock.now();
      if (left <= 0) return connection.sessionEnded();
      cancel = this.#clock.after(Math.min(left, FAR), wait);
    };
    // Never at once: whoever binds the connection is not done with it yet.
    cancel = this.#clock.after(Math.max(0, Math.min(expiresAt - this.#clock.now(), FAR)), wait);
    return () => cancel();
  }

  /** Whoever shows a list of public rooms wants to know, and whoever is banned must not. */
  async #tellPublic(id: RoomId): Promise<void> {
    const room = await this.#store.room(id);
    if (room?.kind !== "public") return;
    const banned = await this.#store.banned(id);
    const blind = new Set(banned.flatMap((user) => [...(this.#byUser.get(user.id) ?? [])]));
    for (const one of this.#connections) if (!blind.has(one)) one.publicRoom(toRoom(room));
  }

  #pulse(): void {
    this.#cancelPulse = this.#clock.after(PULSE, () => this.#pulse());
    this.postRoom.checkProgress();
    const now = this.#clock.elapsed();
    for (const [id, at] of this.#ended) if (now - at > LATELY) this.#ended.delete(id);
    for (const [who, { at }] of this.#lost) if (now - at > LATELY) this.#lost.delete(who);
    for (const connection of this.#connections) connection.pulse(now);
  }
}

function addTo<Key>(
  index: Map<Key, Set<Connection>>,
  key: Key,
  connection: Connection,
): () => void {
  const found = index.get(key) ?? new Set();
  index.set(key, found.add(connection));
  return () => {
    found.delete(connection);
    if (found.size === 0 && index.get(key) === found) index.delete(key);
  };
}
