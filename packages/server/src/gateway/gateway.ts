import {
  limits,
  type Code,
  type Room,
  type RoomId,
  type RoomKind,
  type SessionId,
  type UserId,
} from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { enter, toRoom, type PlaceWorld } from "../core/place.ts";
import type {
  BackplaneListener,
  Clock,
  Committed,
  CredentialStore,
  Effect,
  Peers,
  RoomStore,
} from "../core/ports.ts";
import { Hub } from "./hub.ts";
import { Inboxes, type InboxesWorld } from "./inboxes.ts";
import { PostRoom } from "./outbox.ts";
import { NodeRoster, type RosterWorld } from "./roster.ts";
import { Several } from "./several.ts";

/** A socket or a stream, as the gateway sees it. */
export interface Connection {
  readonly transport: "websocket" | "sse";
  /** Its session is over, or its user erased: nothing more reaches it. */
  sessionEnded(): void;
  /** Its user may not follow this room any more: nothing more of it reaches them. */
  lost(room: RoomId, code: Code): void;
  /** The user's own place in this room is another now. */
  placeChanged(room: RoomId): void;
  /** Whose it is; `null` before it is known. */
  readonly actor: Actor | null;
  /** Rooms that it follows. */
  readonly following: readonly RoomId[];
  /** What it was told of may be no more: logs are looked at again, and one's own rooms told anew. */
  lookAgain(): void;
  /** A public room appeared, or is another now. */
  publicRoom(room: Room): void;
  publicRoomGone(room: RoomId): void;
  /** The server goes away; come back after `retry` milliseconds. */
  bye(retry: number): void;
  /** Called about once a second. */
  pulse(now: number): void;
}

/** Milliseconds between two pulses. */
export const PULSE = 1_000;
/** Milliseconds; longer than it takes from the look at a session to the open connection. */
const LATELY = 60_000;
/** Connections that are looked at together, where all are. */
const AT_ONCE = 500;
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
  readonly roster: NodeRoster;
  readonly inboxes: Inboxes;
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  readonly #bySession = new Several<SessionId, Connection>();
  readonly #byUser = new Several<UserId, Connection>();
  /** What ends a connection in its time, where something does. */
  readonly #ends = new Map<Connection, () => void>();
  readonly #expiries = new Map<Connection, { readonly at: number; readonly cancel: () => void }>();
  readonly #store: GatewayStore;
  readonly #connectionMs: number | undefined;
  readonly #onFault: (fault: unknown) => void;
  /** Sessions that ended, and users who were erased lately, and when. A connection may have been let in just before. */
  readonly #ended = new Map<SessionId | UserId, number>();
  /** Who was sent away lately, from which room and when. They may have been let in just before. */
  readonly #lost = new Map<string, { count: number; at: number }>();
  #removals = 0;
  #leaving = false;
  #cancelPulse: () => void;

  constructor(world: GatewayWorld) {
    const { clock, store, onFault, connectionMs } = world;
    this.#clock = clock;
    this.#connectionMs = connectionMs;
    this.#store = store;
    this.#onFault = onFault;
    this.postRoom = new PostRoom(clock, onFault);
    this.roster = new NodeRoster({ ...world, hold: () => this.postRoom.hold() });
    this.inboxes = new Inboxes(world);
    this.#cancelPulse = clock.after(PULSE, () => this.#pulse());
  }

  committed(commit: Committed): void {
    const { room, effects, events } = commit;
    // Before the events go out: whoever was sent away must not read on.
    for (const effect of effects) {
      if (effect.kind !== "leave") continue;
      const lost = { count: ++this.#removals, at: this.#clock.elapsed() };
      this.#lost.set(`${room} ${effect.user}`, lost);
      for (const one of this.#byUser.of(effect.user)) one.lost(room, "forbidden");
      this.roster.gone(room, effect.user);
    }
    if (events.length > 0) this.hub.committed(commit);
    this.inboxes.moved(room);
    for (const effect of effects)
      for (const user of concerned(effect)) this.#placeChanged(room, user);
    const [joined, left] = [usersOf("join", effects), usersOf("leave", effects)];
    this.#tellCompany(room, joined, left).catch((fault: unknown) => {
      this.#onFault(fault);
      // How large it is nobody knows: they are told anew of all, when the store is back.
      this.roster.refresh([...joined, ...left, ...this.inboxes.usersIn(room)]);
    });
    const isNew = events[0]?.seq === 1;
    if (isNew || effects.some(({ kind }) => kind === "room"))
      this.#tellPublic(room).catch(this.#onFault);
  }

  readMoved(room: RoomId, user: UserId, { seq, shown }: { seq: number; shown: boolean }): void {
    this.#placeChanged(room, user);
    if (shown) this.roster.readMoved(room, user, seq);
  }

  levelChanged(room: RoomId, user: UserId): void {
    this.#placeChanged(room, user);
  }

  presenceChanged(user: UserId): void {
    this.roster.presenceChanged(user);
  }

  roomDestroyed(room: RoomId, kind: RoomKind): void {
    for (const one of this.#connections) {
      if (kind === "public") one.publicRoomGone(room);
      one.lost(room, "room_gone");
    }
    const users = this.inboxes.usersIn(room);
    for (const user of users) this.#placeChanged(room, user);
    this.roster.refresh(users);
  }

  sessionEnded(session: SessionId): void {
    this.#ended.set(session, this.#clock.elapsed());
    for (const connection of this.#bySession.of(session)) connection.sessionEnded();
  }

  userErased(user: UserId): void {
    this.#ended.set(user, this.#clock.elapsed());
    for (const connection of this.#byUser.of(user)) connection.sessionEnded();
    this.roster.erased(user);
  }

  /** Those who are let in no more are closed, and the others told of what is there now. */
  async storeReplaced(): Promise<void> {
    for (const user of this.#byUser.keys()) this.roster.presenceChanged(user);
    const all = [...this.#connections];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const some = all.slice(from, from + AT_ONCE);
      await Promise.all(some.map((one, index) => this.#admitAgain(one, index / some.length)));
    }
  }

  /** Everybody's: whoever was let into a room meanwhile is in none that was heard of. */
  wasDeaf(): void {
    for (const connection of this.#connections) connection.lookAgain();
    this.roster.refresh(this.#byUser.keys());
  }

  /** @param share of the time over which those are spread who must reconnect */
  async #admitAgain(connection: Connection, share: number): Promise<void> {
    const { actor, following } = connection;
    if (actor === null) return;
    // Whom the host vouches for has no session: they come back, and are let in by their token.
    if (actor.scope !== null && "rooms" in actor.scope)
      return connection.bye(Math.round(RETRY + SPREAD * share));
    if ((await this.#store.sessionById(actor.session)) === null)
      return this.sessionEnded(actor.session);
    for (const id of following) {
      const world = { store: this.#store, clock: this.#clock };
      const entered = await enter(world, actor, "read", id);
      if (!entered.ok)
        connection.lost(id, (await this.#store.room(id)) ? "forbidden" : "room_gone");
    }
    connection.lookAgain();
  }

  /** How many there were; kept before somebody is let into a room, for `hasLost`. */
  get removals(): number {
    return this.#removals;
  }

  /** Whether this user was sent away from this room since then: what was allowed is so no more. */
  hasLost(room: RoomId, user: UserId, since: number): boolean {
    return (this.#lost.get(`${room} ${user}`)?.count ?? 0) > since;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    if (this.#leaving) this.#clock.soon(() => connection.bye(RETRY));
    if (this.#connectionMs === undefined) return;
    const end = this.#clock.after(this.#connectionMs, () => connection.bye(RETRY));
    this.#ends.set(connection, end);
  }

  /** Safe to call twice. */
  remove(connection: Connection): void {
    this.#connections.delete(connection);
    this.#ends.get(connection)?.();
    this.#ends.delete(connection);
  }

  /** From now on the connection is this actor's, and ends with their session. */
  bind(connection: Connection, { session, user, expiresAt }: Actor): void {
    this.#bySession.add(session, connection);
    this.#byUser.add(user.id, connection);
    if (expiresAt !== null) {
      const cancel = this.#endAt(expiresAt, connection);
      this.#expiries.set(connection, { at: expiresAt, cancel });
    }
    if (this.#ended.has(session) || this.#ended.has(user.id))
      this.#clock.soon(() => connection.sessionEnded());
  }

  /** It is gone. Safe to call twice. */
  unbind(connection: Connection, { session, user }: Actor): void {
    this.#bySession.delete(session, connection);
    this.#byUser.delete(user.id, connection);
    this.#expiries.get(connection)?.cancel();
    this.#expiries.delete(connection);
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

  /** Ends what goes on by itself; resolves when what is worth keeping of it is kept. */
  async close(): Promise<void> {
    this.#cancelPulse();
    this.inboxes.close();
    await this.roster.close();
  }

  #placeChanged(room: RoomId, user: UserId): void {
    for (const one of this.#byUser.of(user)) one.placeChanged(room);
  }

  /** Who is in a small room with others is told how they are. The look must begin with the commit: it is to find that many. */
  async #tellCompany(
    room: RoomId,
    joined: readonly UserId[],
    left: readonly UserId[],
  ): Promise<void> {
    const users = [...joined, ...left];
    if (users.length === 0) return;
    if (!this.inboxes.has(room) && !users.some((user) => this.#byUser.has(user))) return;
    const { memberCount = 0 } = (await this.#store.room(room)) ?? {};
    const isSmall = memberCount <= limits.presenceMax;
    const wasOther = isSmall
      ? memberCount + left.length > limits.presenceMax
      : memberCount - joined.length <= limits.presenceMax;
    if (!isSmall && !wasOther) return;
    const others = this.inboxes.usersIn(room);
    if (wasOther) return this.roster.refresh([...users, ...others]);
    for (const user of joined) this.roster.met(user);
    for (const user of left) this.roster.parted(user, others);
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
    const blind = new Set(banned.flatMap((user) => [...this.#byUser.of(user.id)]));
    for (const one of this.#connections) if (!blind.has(one)) one.publicRoom(toRoom(room));
  }

  #pulse(): void {
    this.#cancelPulse = this.#clock.after(PULSE, () => this.#pulse());
    this.postRoom.checkProgress();
    const now = this.#clock.elapsed();
    for (const [id, at] of this.#ended) if (now - at > LATELY) this.#ended.delete(id);
    for (const [who, { at }] of this.#lost) if (now - at > LATELY) this.#lost.delete(who);
    for (const connection of this.#connections) connection.pulse(now);
    // A timer knows nothing of a clock that was set, and stood still while the machine slept.
    const wall = this.#clock.now();
    for (const [connection, { at }] of this.#expiries) if (at <= wall) connection.sessionEnded();
  }
}

export interface GatewayWorld {
  readonly clock: Clock;
  readonly store: GatewayStore;
  readonly peers: Peers;
  readonly onFault: (fault: unknown) => void;
  /** Milliseconds that a connection may last, where it may not last for ever. */
  readonly connectionMs?: number | undefined;
}

type GatewayStore = Pick<RoomStore, "banned"> &
  Pick<CredentialStore, "sessionById"> &
  PlaceWorld["store"] &
  InboxesWorld["store"] &
  RosterWorld["store"];

/** Whose own place it changes at once: the others hear that the room moved on. */
function concerned(effect: Effect): readonly UserId[] {
  switch (effect.kind) {
    case "join":
    case "leave":
    case "role":
      return [effect.user];
    case "post":
    case "edit":
      // Ids, and `@room`, which is nobody's.
      return effect.mentions as readonly UserId[];
    case "delete":
    case "react":
    case "pin":
    case "clear":
    case "room":
      return [];
  }
}

function usersOf(kind: "join" | "leave", effects: readonly Effect[]): UserId[] {
  return effects.flatMap((effect) => (effect.kind === kind ? [effect.user] : []));
}
