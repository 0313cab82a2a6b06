import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { roomPath, type Http } from "./http.ts";
import { Lease } from "./lease.ts";
import type { RoomSignal } from "./link.ts";
import { Cell, working, type Readable } from "./store.ts";

type Reads = Readonly<Record<string, number>>;

const NONE: Reads = {};

/** How far each has read in a room: asked for with each link, and kept true by what is told. */
export class Receipts {
  readonly reads: Readable<Reads>;
  readonly #cell = new Cell(NONE);
  readonly #lease: Lease;
  #life = new AbortController();

  constructor(
    room: string,
    world: {
      readonly http: Http;
      readonly clock: Clock;
      readonly connection: Pick<Connection, "use">;
      /** Follows the room meanwhile. */
      hold(): () => void;
    },
  ) {
    const ask = async () => {
      const { signal } = this.#life;
      const answer = await world.http.call<{ reads: Reads }>("GET", `${roomPath(room)}/reads`, {
        signal,
      });
      // What was told meanwhile is newer.
      if (answer.ok && !signal.aborted)
        this.#cell.set({ ...answer.value.reads, ...this.#cell.get() });
    };
    this.#lease = new Lease(world.clock, () => {
      const undo = [
        world.hold(),
        world.connection.use({ linked: () => void ask(), unlinked: () => this.forget() }),
      ];
      return () => {
        for (const each of undo) each();
        this.forget();
      };
    });
    this.reads = working(this.#cell, this.#lease.hold);
  }

  hear({ user, seq }: Extract<RoomSignal, { kind: "read" }>): void {
    this.#cell.set({ ...this.#cell.get(), [user]: seq });
  }

  forget(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#cell.set(NONE);
  }

  close(): void {
    this.#lease.close();
  }
}
