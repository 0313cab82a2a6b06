import type { Event } from "@snug/protocol";
import type { Clock } from "./clock.ts";
import { roomPath, type Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { RoomSignal } from "./link.ts";
import { comesOrGoes } from "./room-after.ts";
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
  /** When people came or went, since the room is open: how far they had read before is not told of. */
  readonly #since = new Map<string, number>();
  readonly #lease: Lease;
  #isHeld = false;
  /** While the room is open. */
  #life: AbortController | null = null;

  constructor(room: string, world: ReceiptsWorld) {
    this.#room = room;
    this.#world = world;
    this.#lease = new Lease(world.clock, () => {
      const release = world.hold();
      this.#isHeld = true;
      if (this.#life) this.open();
      return () => {
        this.#isHeld = false;
        release();
      };
    });
    this.reads = working(this.#cell, this.#lease.hold);
  }

  hear({ user, seq }: Extract<RoomSignal, { kind: "read" }>): void {
    this.#add({ [user]: seq });
  }

  take(event: Event): void {
    if (!comesOrGoes(event)) return;
    this.#since.set(event.user.id, event.seq);
    if (event.user.id in this.#cell.get()) this.#add({});
  }

  /** The room is open from now on. */
  open(): void {
    this.forget();
    this.#life = new AbortController();
    if (this.#isHeld) void this.#ask(this.#life);
  }

  forget(): void {
    this.#life?.abort();
    this.#life = null;
    this.#since.clear();
    this.#cell.set(NONE);
  }

  /** These are known now, or by another name: who has read is seen anew. */
  rename(ids: ReadonlySet<string>): void {
    if (Object.keys(this.#cell.get()).some((id) => ids.has(id))) this.#add({});
  }

  close(): void {
    this.#lease.close();
  }

  async #ask({ signal }: AbortController): Promise<void> {
    const path = `${roomPath(this.#room)}/reads`;
    const answer = await this.#world.http.call<{ reads: Reads }>("GET", path, { signal });
    // What was told meanwhile is newer.
    if (answer.ok && !signal.aborted) this.#add({ ...answer.value.reads, ...this.#cell.get() });
  }

  #add(told: Reads): void {
    this.#world.lookUp(Object.keys(told));
    const reads: Record<string, number> = { ...this.#cell.get(), ...told };
    for (const [id, seq] of Object.entries(reads))
      if (seq <= (this.#since.get(id) ?? 0)) delete reads[id];
    this.#cell.set(reads);
  }
}
