import { frames, type Room, type RoomId } from "@snug/protocol";
import { canIn, type Actor } from "../core/actor.ts";
import { EventStream, type EventStreamWorld, type StreamWire } from "./event-stream.ts";
import { Inbox, type InboxWorld } from "./inbox.ts";
import type { Signal } from "./signal.ts";
import { sseData } from "./sse-text.ts";

/** One's own rooms as server-sent events: the same frames as on a WebSocket. */
export class InboxStream extends EventStream {
  override readonly following = [];
  readonly #inbox: Inbox;

  constructor(world: InboxWorld & EventStreamWorld, wire: StreamWire, actor: Actor) {
    super(world, wire, actor);
    this.#inbox = new Inbox(
      world,
      actor,
      (frame) => this.send(sseData(frame)),
      () => this.watchStatus(),
    );
  }

  override lookAgain(): void {
    this.#inbox.tellAnew();
  }

  override placeChanged(room: RoomId): void {
    this.#inbox.changed(room);
  }

  override publicRoom(room: Room): void {
    if (canIn(this.actor, room.id) !== null) this.send(sseData(frames.roomSignal(room)));
  }

  override publicRoomGone(room: RoomId): void {
    if (canIn(this.actor, room) !== null) this.send(sseData(frames.roomGoneSignal(room)));
  }

  protected override signal({ frame }: Signal): boolean {
    return this.offer(sseData(frame));
  }

  protected override release(): void {
    this.#inbox.close();
  }
}
