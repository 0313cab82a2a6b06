import type { Clock } from "./clock.ts";
import { roomPath, type Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { RoomSignal } from "./link.ts";
import { Cell, working, type Readable } from "./store.ts";

type Reads = Readonly<Record<string, number>>;

export interface ReceiptsWorld {
  readonly http: Http;
  readonly clock: Clock;
  /** Follows the room meanwhile. */
  hold(): () => void;
  /** These have names, by and by. */
  lookUp(ids: readonly string[]): void;
}

const NONE: Reads = {};

/** How far each has read in a room: asked for once it is open, and kept true by what is told from then on. */
export class Receipts {
  readonly reads: Readable<Reads>;
  readonly #room: string;
  readonly #world: ReceiptsWorld;
  readonly #cell = new Cell(NONE);
  readonly #lease: Lease;
  #isHeld = false;
  #isOpen = false;
  /** Aborted when the room is not open any more. */
  #life = new AbortController();

  constructor(room: string, world: ReceiptsWorld) {
    this.#room = room;
    this.#world = world;
    this.#lease = new Lease(world.clock, () => {
      const release = world.hold();
      this.#isHeld = true;
      if (this.#isOpen) this.open();
      return () => {
        this.#isHeld = false;
        release();
      };
    });
    this.reads = working(this.#cell, this.#lease.hold);
  }

  hear({ user, seq }: Extract<RoomSignal, { kind: "read" }>): void {
    this.#set({ ...this.#cell.get(), [user]: seq });
  }

  /** The room is open from now on. */
  open(): void {
    this.forget();
    this.#isOpen = true;
    if (this.#isHeld) void this.#ask();
  }

  forget(): void {
    this.#isOpen = false;
    this.#life.abort();
    this.#life = new AbortController();
    this.#cell.set(NONE);
  }

  /** These are known now, or by another name: who has read is seen anew. */
  rename(ids: ReadonlySet<string>): void {
    const reads = this.#cell.get();
    if (Object.keys(reads).some((id) => ids.has(id))) this.#cell.set({ ...reads });
  }

  close(): void {
    this.#lease.close();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#life;
    const path = `${roomPath(this.#room)}/reads`;
    const answer = await this.#world.http.call<{ reads: Reads }>("GET", path, { signal });
    // What was told meanwhile is newer.
    if (answer.ok && !signal.aborted) this.#set({ ...answer.value.reads, ...this.#cell.get() });
  }

  #set(reads: Reads): void {
    if (this.#isHeld) this.#world.lookUp(Object.keys(reads));
    this.#cell.set(reads);
  }
}
