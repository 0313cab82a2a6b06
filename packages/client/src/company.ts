import { presenceMax, typingMs, type Event, type User } from "@snug/protocol";
import type { RoomPresence } from "./api.ts";
import type { Clock } from "./clock.ts";
import type { RoomSignal } from "./link.ts";
import { Cell } from "./store.ts";

const NOBODY: RoomPresence = { online: [], count: 0 };
const NO_ONE: readonly User[] = [];

/** Who is in an open room, and who writes. Forgotten with the link: what cannot be known is not said. */
export class Company {
  readonly presence = new Cell(NOBODY);
  readonly typing = new Cell(NO_ONE);
  readonly #clock: Clock;
  /** Ends of their writing, by their ids. */
  readonly #ends = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hear(signal: RoomSignal): void {
    if (signal.kind === "presence") {
      const { whole, online, offline, count } = signal;
      const changed = new Set([...online.map(({ id }) => id), ...offline]);
      const before = whole ? [] : this.presence.get().online;
      const others = before.filter(({ id }) => !changed.has(id));
      // Where they are many nobody is named when they go, so nobody is while they are here.
      const named = count > presenceMax ? [] : [...others, ...online];
      this.presence.set({ online: named, count });
      for (const id of offline) this.#stop(id);
    } else if (signal.kind === "typing") {
      const { user } = signal;
      const isNew = !this.#ends.has(user.id);
      this.#ends.get(user.id)?.();
      this.#ends.set(
        user.id,
        this.#clock.after(typingMs, () => this.#stop(user.id)),
      );
      if (isNew) this.typing.set([...this.typing.get(), user]);
    }
  }

  /** Who has said it writes no more. */
  take(events: readonly Event[]): void {
    for (const event of events) if (event.type === "message.posted") this.#stop(event.by);
  }

  forget(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
    this.presence.set(NOBODY);
    this.typing.set(NO_ONE);
  }

  #stop(id: string): void {
    this.#ends.get(id)?.();
    if (this.#ends.delete(id)) this.typing.set(this.typing.get().filter((user) => user.id !== id));
  }
}
