import type { InboxEntry, RoomId } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import type { Chat } from "../core/chat.ts";
import type { Clock } from "../core/ports.ts";

/** Where one's list of rooms goes. */
export interface InboxSink {
  whole(entries: readonly InboxEntry[]): void;
  changed(entries: readonly InboxEntry[], gone: readonly string[]): void;
}

export interface InboxWorld {
  readonly chat: Pick<Chat, "execute">;
  readonly clock: Pick<Clock, "after" | "elapsed">;
}

/** Milliseconds between two tellings. */
const PACE = 1_000;
/** Milliseconds until what failed is tried again. */
const RETRY = 2_000;

/** One connection's view of its user's rooms: whole at first, then what changes, once a second at most. */
export class Inbox {
  readonly #world: InboxWorld;
  readonly #actor: Actor;
  readonly #sink: InboxSink;
  #rooms = new Set<string>();
  /** Rooms to be told of anew; `null` before the whole was told. */
  #stale: Set<string> | null = null;
  #told = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(world: InboxWorld, actor: Actor, sink: InboxSink) {
    this.#world = world;
    this.#actor = actor;
    this.#sink = sink;
    void this.#tell();
  }

  /** Something about this room, or about one's place in it, is another now. */
  changed(room: RoomId): void {
    // What is being read for the first time may be of before: it is told again.
    (this.#stale ??= new Set()).add(room);
    this.#schedule(Math.max(0, this.#told + PACE - this.#world.clock.elapsed()));
  }

  /** The same, for those who are in the room. */
  changedFor(room: RoomId): void {
    if (this.#rooms.has(room)) this.changed(room);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(wait: number): void {
    if (this.#closed) return;
    this.#cancel ??= this.#world.clock.after(wait, () => {
      this.#cancel = null;
      void this.#tell();
    });
  }

  async #tell(): Promise<void> {
    const stale = this.#stale;
    const isFirst = this.#told === Number.NEGATIVE_INFINITY;
    this.#stale = null;
    const inbox = await this.#world.chat.execute("read-inbox", this.#actor);
    if (this.#closed) return;
    if (!inbox.ok) {
      for (const room of stale ?? []) (this.#stale ??= new Set()).add(room);
      return this.#schedule(RETRY);
    }
    const before = this.#rooms;
    this.#rooms = new Set(inbox.value.map(({ room }) => room.id));
    this.#told = this.#world.clock.elapsed();
    if (isFirst) return this.#sink.whole(inbox.value);
    const changed = inbox.value.filter(({ room }) => stale?.has(room.id) || !before.has(room.id));
    const gone = [...before].filter((room) => !this.#rooms.has(room));
    if (changed.length + gone.length > 0) this.#sink.changed(changed, gone);
  }
}
