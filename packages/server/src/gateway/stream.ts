import type { Code, Cursor, RoomId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { EventStream, type EventStreamWorld, type StreamWire } from "./event-stream.ts";
import { Follower, type FollowerWorld } from "./follower.ts";
import type { Signal } from "./signal.ts";
import { sseClosed, sseGap } from "./sse-text.ts";

export type StreamWorld = FollowerWorld & EventStreamWorld;

/** One room as server-sent events, to one reader. */
export class Stream extends EventStream {
  readonly #room: RoomId;
  readonly #follower: Follower;

  constructor(world: StreamWorld, wire: StreamWire, actor: Actor, room: RoomId, after: Cursor) {
    super(world, wire, actor);
    this.#room = room;
    this.#follower = new Follower(world, room, after, {
      catchUp: "paced",
      batch: (batch) => this.send(batch.sse),
      history: (batch) => this.send(batch.sse),
      gap: (gap) => this.send(sseGap(gap)),
      ready: () => this.ready(),
    });
    this.stay.open(room);
  }

  override get following(): readonly RoomId[] {
    return [this.#room];
  }

  override lookAgain(): void {
    this.#follower.lookAgain();
  }

  override lost(room: RoomId, code: Code): void {
    if (room !== this.#room) return;
    this.#follower.close();
    this.stay.lose(room);
    this.send(sseClosed(room, code));
    this.end();
  }

  protected override signal({ sse }: Signal): boolean {
    return this.offer(sse);
  }

  protected override release(): void {
    this.#follower.close();
  }
}
