import type { Chance } from "../chance.ts";
import type { Time } from "./time.ts";

/** Bytes that the system takes from a socket before its writer has to wait. */
const KERNEL = 64 * 1024;
/** Bytes that a slow reader takes at a time. */
const PACKET = 4 * 1024;

/** The way from one client to the server and back. Each client has its own, by its host's name. */
export class Way {
  readonly time: Time;
  readonly chance: Chance;
  /** No new connection comes through. */
  isDown = false;
  /** Somebody in between lets no WebSocket through. */
  blocksWebSocket = false;
  /** Whether the next answers are lost, and the connection with them. */
  losesAnswers = false;
  /** Bytes a millisecond towards the client. */
  rate = Number.POSITIVE_INFINITY;
  /** How often something was held up, torn down or lost. */
  bites = 0;
  #stalls = false;
  readonly #pipes = new Set<Pipe<unknown>>();
  readonly #open = new Set<() => void>();

  constructor(time: Time, chance: Chance) {
    this.time = time;
    this.chance = chance;
  }

  /** Milliseconds; mostly short, at times long, so that what is near in time changes places. */
  get latency(): number {
    const { chance } = this;
    return chance.next() < 0.1 ? chance.next() * 200 : chance.next() * 8;
  }

  /** Nothing moves any more, and nobody is told. */
  stall(): void {
    this.#stalls = true;
  }

  get stalls(): boolean {
    return this.#stalls;
  }

  go(): void {
    this.#stalls = false;
    for (const pipe of this.#pipes) pipe.pump();
  }

  /** Tears down all that is connected over it. */
  cut(): void {
    for (const tear of this.#open) {
      this.bites++;
      tear();
    }
  }

  /** Until its undo, `tear` is called when the way is cut. */
  opened(tear: () => void): () => void {
    this.#open.add(tear);
    return () => void this.#open.delete(tear);
  }

  pipe<Item>(deliver: (item: Item) => void, drained = () => {}): Pipe<Item> {
    const pipe = new Pipe(this, deliver, drained, () => this.#pipes.delete(pipe as Pipe<unknown>));
    this.#pipes.add(pipe as Pipe<unknown>);
    return pipe;
  }
}

/** One direction of one connection: what is sent arrives later, in order. */
export class Pipe<Item> {
  readonly #way: Way;
  readonly #deliver: (item: Item) => void;
  readonly #drained: () => void;
  readonly #onClose: () => void;
  #items: { readonly item: Item; readonly size: number }[] = [];
  #waiting = 0;
  #moves = false;
  #lastArrival = 0;
  #closed = false;

  constructor(way: Way, deliver: (item: Item) => void, drained: () => void, onClose: () => void) {
    this.#way = way;
    this.#deliver = deliver;
    this.#drained = drained;
    this.#onClose = onClose;
  }

  /** Bytes that the system has not taken. */
  get buffered(): number {
    return Math.max(0, this.#waiting - KERNEL);
  }

  send(item: Item, size = 0): void {
    if (this.#closed) return;
    this.#items.push({ item, size });
    this.#waiting += size;
    this.pump();
  }

  /** What waits here is forgotten, but for what comes from now on. */
  drop(): void {
    this.#items = [];
    this.#waiting = 0;
  }

  close(): void {
    this.#closed = true;
    this.#onClose();
  }

  pump(): void {
    if (this.#way.stalls && this.#items.length > 0) this.#way.bites++;
    while (!this.#moves && !this.#closed && !this.#way.stalls) {
      const head = this.#items.shift();
      if (head === undefined) return;
      if (this.#way.rate === Number.POSITIVE_INFINITY) this.#leave(head.item, head.size);
      else this.#trickle(head.item, head.size);
    }
  }

  /** Bit by bit, as the other end takes it. */
  #trickle(item: Item, left: number): void {
    const part = Math.min(left, PACKET);
    this.#moves = true;
    this.#way.bites++;
    this.#way.time.after(part / this.#way.rate, () => {
      this.#moves = false;
      if (part === left) {
        this.#leave(item, part);
        return this.pump();
      }
      this.#take(part);
      this.#trickle(item, left - part);
    });
  }

  #take(size: number): void {
    const wasFull = this.buffered > 0;
    this.#waiting = Math.max(0, this.#waiting - size);
    if (wasFull && this.buffered === 0 && !this.#closed) this.#way.time.after(0, this.#drained);
  }

  #leave(item: Item, size: number): void {
    this.#take(size);
    const { time, latency } = this.#way;
    this.#lastArrival = Math.max(time.now + latency, this.#lastArrival);
    time.after(this.#lastArrival - time.now, () => {
      if (!this.#closed) this.#deliver(item);
    });
  }
}
