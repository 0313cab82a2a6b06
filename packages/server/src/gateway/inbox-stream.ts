import type { Room, RoomId } from "@snug/protocol";
import { canIn, type Actor } from "../core/actor.ts";
import { EventStream, type EventStreamWorld, type StreamWire } from "./event-stream.ts";
import { Inbox, type InboxWorld } from "./inbox.ts";
import { sseData } from "./sse-text.ts";

/** One's own rooms as server-sent events: the same frames as on a WebSocket. */
export class InboxStream extends EventStream {
  readonly #actor: Actor;
  readonly #inbox: Inbox;

  constructor(world: Pick<InboxWorld, "chat"> & EventStreamWorld, wire: StreamWire, actor: Actor) {
    super(world, wire, actor);
    this.#actor = actor;
    this.#inbox = new Inbox({ chat: world.chat, clock: world.gateway.postRoom.clock }, actor, {
      whole: (rooms) => this.send(sseData({ type: "inbox", rooms })),
      changed: (changed, gone) => this.send(sseData({ type: "inbox", changed, gone })),
    });
  }

  override placeChanged(room: RoomId): void {
    this.#inbox.changed(room);
  }

  override roomChanged(room: RoomId): void {
    this.#inbox.changedFor(room);
  }

  override publicRoom(room: Room): void {
    if (canIn(this.#actor, room.id) !== null)
      this.send(sseData({ type: "signal", kind: "room", room }));
  }

  override publicRoomGone(room: RoomId): void {
    if (canIn(this.#actor, room) !== null)
      this.send(sseData({ type: "signal", kind: "room-gone", room }));
  }

  protected override release(): void {
    this.#inbox.close();
  }
}
