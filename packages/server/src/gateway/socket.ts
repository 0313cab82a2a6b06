import {
  closeCodes,
  checkCommand,
  type Code,
  type Command,
  fail,
  frames,
  type Gap,
  Hello,
  limits,
  Ref,
  type Result,
  type Room,
  type RoomId,
} from "@snug/protocol";
import * as v from "valibot";
import { boundTo, canIn, type Actor } from "../core/actor.ts";
import type { Chat } from "../core/chat.ts";
import type { Clock } from "../core/ports.ts";
import type { Settling } from "../core/settled.ts";
import { toRoom } from "../core/place.ts";
import { Follower, type FollowerWorld, type Sink } from "./follower.ts";
import { PULSE, type Connection, type Gateway } from "./gateway.ts";
import { tooManyConnections, type ConnectionPlaces } from "./connection-places.ts";
import { Inbox } from "./inbox.ts";
import type { Stay } from "./stay.ts";
import type { Batch } from "./batch.ts";
import { Outbox, type Wire } from "./outbox.ts";

/** What a WebSocket transport lends. */
export interface SocketWire extends Wire<string> {
  /** Closes after all that was sent has left. */
  close(code: number, reason: string): void;
  /** Closes now; what still waits here is dropped. */
  abort(code: number, reason: string): void;
  /** Asks whether the other end lives: `heard` is called if it does. */
  ping(): void;
}

export interface SocketWorld extends FollowerWorld {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly gateway: Gateway;
  readonly places: Pick<ConnectionPlaces, "ofUser">;
  readonly onSlow: () => void;
}

/**
 * The wire's grammar on one WebSocket:
 *
 *     awaiting hello ──(token or cookie)──▶ signed in ──▶ closed
 */
export class Socket implements Connection {
  readonly transport = "websocket";
  readonly #world: SocketWorld;
  readonly #wire: SocketWire;
  readonly #outbox: Outbox<string>;
  readonly #rooms = new Map<string, Follower>();
  #actor: Actor | null = null;
  #ownRooms: Inbox | null = null;
  /** What others see of it, once it is known whose it is. */
  #stay: Stay | null = null;
  #closed = false;
  /** Pulses since something was heard. */
  #quiet = 0;
  /** Frames are dealt with one after another, so that no command overtakes another. */
  #inbox: (string | null)[] = [];
  #inboxSize = 0;
  #busy = false;
  /** Of rooms that had nothing to be told. */
  #openings = 0;
  /** Set until `hello` was said. */
  #stopWaiting: (() => void) | null = null;
  #leave: (() => void) | null = null;

  /** @param greeted who came with a cookie of ours, or `null`: a `hello` must follow */
  constructor(world: SocketWorld, wire: SocketWire, greeted: Actor | null) {
    this.#world = world;
    this.#wire = wire;
    this.#outbox = new Outbox(wire, world.gateway.postRoom, () => this.#slow());
    world.gateway.add(this);
    if (greeted) this.#welcome(greeted);
    else {
      const late = () => this.#end(closeCodes.unauthorized, "no hello");
      this.#stopWaiting = world.clock.after(limits.helloMs, late);
    }
  }

  /** One frame from the peer; `null` for a binary one. */
  receive(frame: string | null): void {
    if (this.#closed) return;
    this.heard();
    // Who sends on without taking what was asked for fills this end too.
    this.#inboxSize += frame?.length ?? 0;
    if (this.#inboxSize > limits.queueBytes) return this.#slow();
    this.#inbox.push(frame);
    if (!this.#busy) void this.#work();
  }

  drained(): void {
    this.#outbox.drained();
  }

  /** The transport is gone, whoever closed it. */
  gone(): void {
    this.#close();
    if (this.#actor) this.#world.gateway.unbind(this, this.#actor);
    this.#leave?.();
  }

  sessionEnded(): void {
    // Also when it is closing already: what still waits must not go out.
    this.#stay?.end();
    this.#close();
    this.#wire.abort(closeCodes.unauthorized, "session ended");
  }

  lost(room: RoomId, code: Code): void {
    const follower = this.#rooms.get(room);
    if (!follower) return;
    follower.close();
    this.#rooms.delete(room);
    this.#stay?.lose(room);
    this.#outbox.push(frames.closed(room, code));
  }

  placeChanged(room: RoomId): void {
    this.#ownRooms?.changed(room);
  }

  get actor(): Actor | null {
    return this.#actor;
  }

  get following(): readonly RoomId[] {
    return [...this.#rooms.keys()] as RoomId[];
  }

  lookAgain(): void {
    for (const follower of this.#rooms.values()) follower.lookAgain();
    this.#ownRooms?.tellAnew();
  }

  publicRoom(room: Room): void {
    // A token for one room tells of no other.
    if (this.#actor && canIn(this.#actor, room.id) !== null)
      this.#outbox.push(frames.roomSignal(room));
  }

  publicRoomGone(room: RoomId): void {
    if (this.#actor && canIn(this.#actor, room) !== null)
      this.#outbox.push(frames.roomGoneSignal(room));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#inbox = [];
    for (const follower of this.#rooms.values()) follower.close();
    this.#rooms.clear();
    this.#ownRooms?.close();
    this.#stay?.leave();
    this.#outbox.close();
    this.#stopWaiting?.();
    this.#world.gateway.remove(this);
  }

  bye(retry: number): void {
    this.#outbox.push(frames.bye(closeCodes.restart, retry));
    this.#end(closeCodes.restart, "restart");
  }

  /** Its user has too many connections. */
  #turnAway(): void {
    const { retryAfter = 0 } = tooManyConnections.error;
    this.#outbox.push(frames.bye(closeCodes.tooMany, retryAfter * 1_000));
    this.#end(closeCodes.tooMany, "too many connections");
  }

  /** The peer gave a sign of life. */
  heard(): void {
    this.#quiet = 0;
  }

  // Not left to the runtime: for that a socket lives as long as anything is sent to it.
  // Counted in pulses: a server that was stopped itself for a while must not blame the others.
  pulse(): void {
    const silence = ++this.#quiet * PULSE;
    if (silence >= limits.silenceMs) {
      this.#world.onSlow();
      this.#close();
      this.#wire.abort(closeCodes.slow, "no sign of life");
    } else if (silence >= PING_AFTER) this.#wire.ping();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let frame = this.#inbox.shift(); frame !== undefined; frame = this.#inbox.shift()) {
      try {
        this.#inboxSize -= frame?.length ?? 0;
        await this.#handle(frame);
      } catch (fault) {
        // Ours, not the peer's; it must not take others with it.
        this.#world.onFault(fault);
        this.#end(1011, "internal error");
      }
    }
    this.#busy = false;
  }

  async #handle(frame: string | null): Promise<void> {
    const json = frame === null ? undefined : parse(frame);
    if (typeof json !== "object" || json === null)
      return this.#end(closeCodes.badFrame, "not a JSON object");
    if (!("ref" in json)) return this.#hello(json);
    const ref = v.safeParse(Ref, json.ref);
    if (!ref.success) return this.#hello(json);

    const refuse = ({ error }: ReturnType<typeof fail>) =>
      this.#outbox.push(frames.refused(ref.output, error));
    if (this.#actor === null) return refuse(fail("unauthorized", "Send hello with a token first."));
    const command = checkCommand(json);
    if (!command.ok) return refuse(command);
    const refused = await this.#execute(this.#actor, ref.output, command.value);
    if (refused !== null && !refused.ok) refuse(refused);
  }

  async #hello(json: object): Promise<void> {
    const hello = v.safeParse(Hello, json);
    if (!hello.success) return this.#end(closeCodes.badFrame, "no usable ref");
    if (this.#actor !== null) return this.#end(closeCodes.badFrame, "hello was said already");
    // It came in time, however long the host's keys or the store take for it.
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    const admitted = await this.#world.chat
      .admit(hello.output.token)
      .catch((fault: unknown) => this.#world.chat.refusal(fault));
    if (this.#closed) return;
    if (admitted.ok) this.#welcome(admitted.value);
    else if (admitted.error.code !== "unauthorized") this.bye(STORE_RETRY);
    else this.#end(closeCodes.unauthorized, admitted.error.detail.slice(0, REASON));
  }

  #welcome(actor: Actor): void {
    this.#leave = this.#world.places.ofUser.take(actor.user.id);
    if (this.#leave === null) return this.#turnAway();
    this.#actor = actor;
    this.#world.gateway.bind(this, actor);
    this.#outbox.push(frames.welcome(actor.user, this.#world.chat.limitsText));
    const stay = this.#world.gateway.roster.arrive(actor.user.id, ({ frame }) =>
      this.#outbox.offer(frame),
    );
    this.#stay = stay;
    this.#ownRooms = new Inbox(
      this.#world,
      actor,
      (frame) => this.#outbox.push(frame),
      // A token that is bound to rooms tells of nobody.
      () => boundTo(actor) === null && stay.watch(),
    );
  }

  /** Answers itself, now or later, unless it returns a refusal. */
  async #execute(actor: Actor, ref: Ref, command: Command): Promise<Result<unknown> | null> {
    const { chat } = this.#world;
    switch (command.type) {
      case "ping":
        this.#outbox.push(frames.done(ref));
        return null;
      case "close-room":
        this.#rooms.get(command.room)?.close();
        this.#rooms.delete(command.room);
        this.#stay?.close(command.room as RoomId);
        this.#outbox.push(frames.done(ref));
        return null;
      case "open-room":
        return this.#openRoom(actor, ref, command.room, command.after);
      case "post-message": {
        const posting = await chat.execute("post-message", actor, command);
        return this.#settle(ref, posting, ({ message }) => frames.posted(ref, message));
      }
      case "edit-message": {
        const editing = await chat.execute("edit-message", actor, command);
        return this.#settle(ref, editing, (message) => frames.posted(ref, message));
      }
      case "delete-message":
        return this.#settle(ref, await chat.execute("delete-message", actor, command));
      case "add-reaction":
      case "remove-reaction": {
        const reaction = { ...command, on: command.type === "add-reaction" };
        return this.#settle(ref, await chat.execute("react", actor, reaction));
      }
      case "mark-read":
        return this.#settle(ref, await chat.execute("mark-read", actor, command));
      case "set-typing": {
        const typing = await chat.execute("set-typing", actor, command);
        if (typing.ok) this.#outbox.push(frames.done(ref));
        return typing;
      }
      case "set-away":
        this.#stay?.setAway(command.away);
        this.#outbox.push(frames.done(ref));
        return null;
    }
  }

  /** Answers once it is stored; until then the next command goes its way. */
  #settle<Value>(
    ref: Ref,
    settling: Result<Settling<Value>>,
    reply: (value: Value) => string = () => frames.done(ref),
  ): Result<unknown> {
    if (settling.ok) void this.#answer(ref, settling.value.outcome, reply);
    return settling;
  }

  async #answer<Value>(
    ref: Ref,
    outcome: Promise<Result<Value>>,
    reply: (value: Value) => string,
  ): Promise<void> {
    const done = await outcome.catch((fault: unknown) => this.#world.chat.refusal(fault));
    this.#outbox.push(done.ok ? reply(done.value) : frames.refused(ref, done.error));
  }

  async #openRoom(
    actor: Actor,
    ref: Ref,
    id: string,
    after: string | undefined,
  ): Promise<Result<unknown>> {
    const { gateway } = this.#world;
    const before = gateway.removals;
    const opened = await this.#world.chat.execute("open-room", actor, { room: id, after });
    if (!opened.ok || this.#closed) return opened;
    const { start } = opened.value;
    const room = toRoom(opened.value.room);
    this.#outbox.push(frames.opened(ref, room, room.cursor));
    this.#rooms.get(id)?.close();
    const sink = new RoomSink(this.#outbox, room.id);
    const follower = new Follower(this.#world, room.id, start, sink);
    this.#rooms.set(id, follower);
    this.#stay?.open(room.id);
    if (gateway.hasLost(room.id, actor.user.id, before)) this.lost(room.id, "forbidden");
    // One history at a time, and only when the last one has left: a few bytes of
    // commands ask for megabytes of answers.
    await follower.begun;
    if (!sink.hasHistory && ++this.#openings % OPENINGS > 0) return opened;
    await new Promise<void>((resume) => this.#world.clock.soon(resume));
    await this.#outbox.ready();
    return opened;
  }

  #slow(): void {
    this.#world.onSlow();
    this.#end(closeCodes.slow, "slow");
  }

  #end(code: number, reason: string): void {
    // The last flush may find the queue too full, and end the connection itself.
    if (!this.#closed) this.#outbox.flush();
    if (this.#closed) return;
    this.#close();
    this.#wire.close(code, reason);
  }
}

/** One room's events as frames. */
class RoomSink implements Sink {
  hasHistory = false;
  readonly #outbox: Outbox<string>;
  readonly #room: RoomId;

  constructor(outbox: Outbox<string>, room: RoomId) {
    this.#outbox = outbox;
    this.#room = room;
  }

  get catchUp() {
    return "once" as const;
  }

  batch(batch: Batch): void {
    this.#outbox.push(batch.frame);
  }

  history(batch: Batch): void {
    this.hasHistory = true;
    this.#outbox.push(batch.frame);
    // At once: where a whole house comes back, the end of the turn is when the last of it was read.
    this.#outbox.flush();
  }

  gap(gap: Gap): void {
    this.#outbox.push(frames.gap(this.#room, gap));
  }

  ready(): Promise<void> {
    return this.#outbox.ready();
  }
}

/** Rooms that are opened before others have their turn, where nothing but that is told of them. */
const OPENINGS = 20;
/** Milliseconds of silence after which a socket is asked, once with each pulse. */
const PING_AFTER = 20_000;
/** Bytes of a close frame's reason; what we say is ASCII. */
const REASON = 123;
/** Milliseconds after which a store that was away may be back. */
const STORE_RETRY = 2_000;

function parse(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return undefined;
  }
}
