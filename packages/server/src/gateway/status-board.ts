import { frames, limits, type Status, type UserId } from "@snug/protocol";
import type { Clock, PeopleStore } from "../core/ports.ts";
import { Pace } from "./pace.ts";
import { Signal, type Viewer } from "./signal.ts";

export interface StatusesWorld {
  readonly clock: Clock;
  readonly store: Pick<PeopleStore, "companions">;
  readonly statusOf: (users: readonly UserId[]) => Promise<ReadonlyMap<UserId, Status>>;
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two tellings. */
const PACE = 1_000;

type Statuses = ReadonlyMap<UserId, Status>;

/** Tells people how those are whom they share a small room with. */
export class StatusBoard {
  readonly #world: StatusesWorld;
  readonly #watchers = new Map<UserId, Set<Viewer>>();
  /** Those who have to be told of everybody. */
  readonly #unaware = new Set<Viewer>();
  /** Of whom others may have to be told. */
  readonly #changed = new Set<UserId>();
  /** As others know them; who is not in it is offline. */
  readonly #told = new Map<UserId, Status["availability"]>();
  readonly #pace: Pace;

  constructor(world: StatusesWorld) {
    this.#world = world;
    this.#pace = new Pace(world, PACE, () => this.#tell());
  }

  /** From now on this connection is told; first of everybody. */
  watch(viewer: Viewer): () => void {
    const all = this.#watchers.get(viewer.user) ?? new Set();
    this.#watchers.set(viewer.user, all.add(viewer));
    this.#unaware.add(viewer);
    this.#pace.due();
    return () => {
      this.#unaware.delete(viewer);
      all.delete(viewer);
      if (all.size === 0 && this.#watchers.get(viewer.user) === all)
        this.#watchers.delete(viewer.user);
    };
  }

  /** They may be another way now. */
  changed(user: UserId): void {
    this.#changed.add(user);
    this.#pace.due();
  }

  /** Somebody came to share a room with them: all of those are told how they are. */
  met(user: UserId): void {
    this.#told.delete(user);
    this.changed(user);
    this.refresh([user]);
  }

  /** They share rooms with others than before: they are told anew of everybody. */
  refresh(users: Iterable<UserId>): void {
    for (const user of users)
      for (const viewer of this.#watchers.get(user) ?? []) this.#unaware.add(viewer);
    if (this.#unaware.size > 0) this.#pace.due();
  }

  close(): void {
    this.#pace.close();
  }

  async #tell(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    try {
      for (const [user, news] of await this.#news(changed)) this.#say(user, news);
      for (const viewer of this.#unaware) {
        await this.#sayAll(viewer);
        await this.#turn();
      }
    } catch (fault) {
      // The store is away: whom it would have reached hears of all later.
      this.refresh(this.#watchers.keys());
      this.#world.onFault(fault);
    }
    if (this.#unaware.size > 0) this.#pace.due();
  }

  /** By who is to hear of it. */
  async #news(changed: readonly UserId[]): Promise<Map<UserId, Map<UserId, Status>>> {
    const news = new Map<UserId, Map<UserId, Status>>();
    for (const [user, status] of await this.#world.statusOf(changed)) {
      const { availability } = status;
      if (availability === (this.#told.get(user) ?? "offline")) continue;
      if (availability === "offline") this.#told.delete(user);
      else this.#told.set(user, availability);
      for (const other of await this.#companionsHere(user)) {
        const theirs = news.get(other) ?? new Map<UserId, Status>();
        news.set(other, theirs.set(user, status));
      }
      await this.#turn();
    }
    return news;
  }

  /** Nobody is looked for while nobody would hear of it. */
  async #companionsHere(user: UserId): Promise<readonly UserId[]> {
    if (this.#watchers.size - (this.#watchers.has(user) ? 1 : 0) === 0) return [];
    const companions = await this.#world.store.companions(user, limits.presenceMax);
    return companions.filter((other) => this.#watchers.has(other));
  }

  #say(user: UserId, news: Statuses): void {
    const signal = new Signal(frames.statusSignal(Object.fromEntries(news), false));
    for (const viewer of this.#watchers.get(user) ?? [])
      if (!this.#unaware.has(viewer) && !viewer.signal(signal)) this.#unaware.add(viewer);
  }

  async #sayAll(viewer: Viewer): Promise<void> {
    const companions = await this.#world.store.companions(viewer.user, limits.presenceMax);
    const people = Object.fromEntries(await this.#world.statusOf(companions));
    const isStillHere = this.#unaware.has(viewer);
    if (isStillHere && viewer.signal(new Signal(frames.statusSignal(people, true))))
      this.#unaware.delete(viewer);
  }

  /** For everybody else, between two of many: a whole house may come back at once. */
  #turn(): Promise<void> {
    return new Promise((resume) => this.#world.clock.soon(resume));
  }
}
