import { limits } from "@snug/protocol";
import type { Clock } from "../core/ports.ts";

/** What a transport lends of one connection. `Frame` is text on WebSocket, bytes on SSE. */
export interface Wire<Frame> {
  /** False if something of what was sent so far still waits here. */
  send(frame: Frame): boolean;
  /** Bytes that wait to be taken by the network. */
  buffered(): number;
  /** Runs `write` so that what it sends leaves in one piece. */
  together(write: () => void): void;
  size(frame: Frame): number;
  /** Frames are handed on by reference: a burst costs each reader nothing, what stays after it does. */
  readonly shares: boolean;
}

/** Frames that may wait and are held at most. */
const HELD = 20;

/**
 * The one queue of a connection. What is sent in one turn of the loop leaves
 * together. A reader who lets it grow too large, or stand still too long, is
 * given up by `onSlow`: nothing is ever skipped, the reader resumes by cursor.
 */
export class Outbox<Frame> {
  readonly #wire: Wire<Frame>;
  readonly #post: PostRoom;
  readonly #onSlow: () => void;
  /** By far the most turns have one frame: no list for it. */
  #frame: Frame | null = null;
  #more: Frame[] | null = null;
  /** It is emptied at the end of this turn. */
  #isPlanned = false;
  #open = true;
  #blocked = false;
  #waiting: (() => void)[] | null = null;
  /** Bytes that waited when this turn began. */
  #left = 0;
  /** Bytes given to the wire since it was found blocked, and those before; less `buffered`, what got through. */
  #sent = 0;
  #through = 0;
  #progressAt = 0;

  constructor(wire: Wire<Frame>, post: PostRoom, onSlow: () => void) {
    this.#wire = wire;
    this.#post = post;
    this.#onSlow = onSlow;
  }

  push(frame: Frame): void {
    if (!this.#open) return;
    this.#keep(frame);
    if (!this.#isPlanned) this.#plan();
  }

  /** For what may be lost, and may wait: false, and it is shed, when much waits already. */
  offer(frame: Frame): boolean {
    if (this.#blocked && this.#wire.buffered() >= limits.signalBytes) return false;
    const held = this.#post.held;
    if (held === null) this.push(frame);
    else if (this.#open) {
      if (this.#frame === null) held.push(this);
      this.#keep(frame);
      // Who takes them slowly is to be noticed before it is much.
      if (this.#more?.length === HELD && !this.#isPlanned) this.#plan();
    }
    return true;
  }

  /** Resolves when the wire can take more. */
  async ready(): Promise<void> {
    this.flush();
    if (!this.#open || !this.#blocked) return;
    await new Promise<void>((resolve) => (this.#waiting ??= []).push(resolve));
  }

  flush(): void {
    const [frame, more] = [this.#frame, this.#more];
    this.#frame = this.#more = null;
    this.#isPlanned = false;
    this.#left = this.#wire.shares && this.#blocked ? this.#wire.buffered() : 0;
    if (frame === null) return;
    if (more === null) this.#send(frame);
    else this.#sendTogether([frame, ...more]);
  }

  /** The transport's word that the wire ran free. */
  drained(): void {
    if (this.#open && this.#wire.buffered() > 0) return;
    this.#blocked = false;
    this.#post.blocked.delete(this);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const resume of waiting) resume();
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#wire.buffered();
  }

  /** Called now and then while blocked. */
  checkProgress(now: number): void {
    const waiting = this.#wire.buffered();
    if (waiting === 0) return this.drained();
    const through = this.#sent - waiting;
    if (through > this.#through) {
      this.#through = through;
      this.#progressAt = now;
    } else if (now - this.#progressAt >= limits.queueStallMs) {
      this.#giveUp();
    }
  }

  close(): void {
    this.#open = false;
    this.#frame = this.#more = null;
    this.drained();
  }

  #plan(): void {
    this.#isPlanned = true;
    this.#post.toFlush(this);
  }

  #keep(frame: Frame): void {
    if (this.#frame === null) this.#frame = frame;
    else (this.#more ??= []).push(frame);
  }

  #sendTogether(frames: readonly Frame[]): void {
    this.#wire.together(() => frames.forEach((frame) => this.#send(frame)));
    // What leaves together is handed to the network only now.
    if (this.#open && this.#wire.buffered() > 0 && !this.#blocked) this.#block();
  }

  #send(frame: Frame): void {
    if (!this.#open) return;
    const blocked = this.#blocked;
    if (blocked) {
      const size = this.#wire.size(frame);
      const waiting = this.#wire.shares ? this.#left : this.#wire.buffered();
      if (waiting + size > limits.queueBytes) return this.#giveUp();
      this.#sent += size;
    }
    if (!this.#wire.send(frame) && !blocked) this.#block();
  }

  #block(): void {
    this.#blocked = true;
    this.#post.blocked.add(this);
    this.#sent = this.#wire.buffered();
    this.#through = 0;
    this.#progressAt = this.#post.clock.elapsed();
  }

  #giveUp(): void {
    this.close();
    this.#onSlow();
  }
}

interface Flushable {
  flush(): void;
  close(): void;
}

/** Where all outboxes of a node are emptied, once a turn, and the slow ones watched. */
export class PostRoom {
  readonly clock: Clock;
  readonly blocked = new Set<Pick<Outbox<never>, "checkProgress" | "size" | "drained">>();
  readonly #onFault: (fault: unknown) => void;
  /** Outboxes with nothing but what may wait; `null`: nothing waits. */
  held: Flushable[] | null = null;
  #full: Flushable[] = [];

  constructor(clock: Clock, onFault: (fault: unknown) => void) {
    this.clock = clock;
    this.#onFault = onFault;
  }

  toFlush(outbox: Flushable): void {
    if (this.#full.push(outbox) === 1) this.clock.soon(() => this.#flushAll());
  }

  /** What may wait leaves with what may not, and all of it when this is ended. Not to be begun twice. */
  hold(): () => void {
    this.held = [];
    return () => {
      for (const outbox of this.held ?? []) this.toFlush(outbox);
      this.held = null;
    };
  }

  checkProgress(): void {
    const now = this.clock.elapsed();
    for (const outbox of this.blocked) outbox.checkProgress(now);
  }

  /** Bytes that wait for slow readers. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const outbox of this.blocked) bytes += outbox.size;
    return bytes;
  }

  #flushAll(): void {
    const full = this.#full;
    this.#full = [];
    for (const outbox of full) {
      try {
        outbox.flush();
      } catch (fault) {
        this.#onFault(fault);
        outbox.close();
      }
    }
  }
}
