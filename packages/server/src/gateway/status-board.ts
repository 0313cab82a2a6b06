import { frames, limits, type Status, type UserId } from "@snug/protocol";
import type { Clock, PeopleStore } from "../core/ports.ts";
import { Pace } from "./pace.ts";
import { Several } from "./several.ts";
import { Signal, type Viewer } from "./signal.ts";

export interface StatusesWorld {
  readonly clock: Clock;
  readonly store: Pick<PeopleStore, "companions">;
  readonly statusOf: (users: readonly UserId[]) => Promise<ReadonlyMap<UserId, Status>>;
  readonly onFault: (fault: unknown) => void;
}

/** Looks at whom somebody shares rooms with, in one turn. */
const SOME = 16;
/** Milliseconds between two tellings: with the way from another node, coming shows within a second. */
const PACE = 850;

/** Tells people how those are whom they share a small room with. */
export class StatusBoard {
  readonly #world: StatusesWorld;
  readonly #watchers = new Several<UserId, Viewer>();
  /** Those who have to be told of everybody. */
  readonly #unaware = new Set<Viewer>();
  /** Of whom others may have to be told. */
  readonly #changed = new Set<UserId>();
  /** Who left others' company, and whose. */
  readonly #parted = new Map<UserId, Set<UserId>>();
  /** As others know them; who is not in it is offline. `null`: not all of them know the same. */
  readonly #told = new Map<UserId, Status["availability"] | null>();
  readonly #pace: Pace;
  #looks = 0;

  constructor(world: StatusesWorld) {
    this.#world = world;
    this.#pace = new Pace(world, PACE, () => this.#tell());
  }

  /** From now on this connection is told; first of everybody. */
  watch(viewer: Viewer): void {
    this.#watchers.add(viewer.user, viewer);
    this.#unaware.add(viewer);
    this.#pace.due();
  }

  /** Also of who did not watch. */
  unwatch(viewer: Viewer): void {
    this.#unaware.delete(viewer);
    this.#watchers.delete(viewer.user, viewer);
  }

  /** They may be another way now. */
  changed(user: UserId): void {
    this.#changed.add(user);
    this.#pace.due();
  }

  /** Somebody came to share a room with them: all of those are told how they are. */
  met(user: UserId): void {
    this.#told.set(user, null);
    this.changed(user);
    this.refresh([user]);
  }

  /** They left a room that these are in: who shares none with them any more knows of them no longer. */
  parted(user: UserId, others: Iterable<UserId>): void {
    const all = this.#parted.get(user) ?? new Set();
    this.#parted.set(user, all);
    for (const other of others) if (other !== user) all.add(other);
    this.#pace.due();
    this.refresh([user]);
  }

  /** They share rooms with others than before: they are told anew of everybody. */
  refresh(users: Iterable<UserId>): void {
    for (const user of users)
      for (const viewer of this.#watchers.of(user)) this.#unaware.add(viewer);
    if (this.#unaware.size > 0) this.#pace.due();
  }

  close(): void {
    this.#pace.close();
  }

  async #tell(): Promise<void> {
    const [changed, parted] = [[...this.#changed], [...this.#parted]];
    this.#changed.clear();
    this.#parted.clear();
    this.#looks = 0;
    try {
      const news = new News();
      for (const [user, others] of parted) await this.#noteParting(news, user, others);
      await this.#noteChanges(news, changed);
      for (const [user, people] of news) this.#say(user, people);
      const unaware = [...this.#unaware];
      for (const viewer of unaware) {
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

  async #noteParting(news: News, user: UserId, others: ReadonlySet<UserId>): Promise<void> {
    const still = new Set(await this.#companionsHere(user));
    for (const other of others)
      if (!still.has(other)) news.note(other, user, { availability: "offline" });
    await this.#turn();
  }

  async #noteChanges(news: News, changed: readonly UserId[]): Promise<void> {
    for (const [user, status] of await this.#world.statusOf(changed)) {
      const { availability } = status;
      if (availability === this.#knownOf(user)) continue;
      if (availability === "offline") this.#told.delete(user);
      else this.#told.set(user, availability);
      for (const other of await this.#companionsHere(user)) news.note(other, user, status);
      await this.#turn();
    }
  }

  /** Nobody is looked for while nobody would hear of it. */
  async #companionsHere(user: UserId): Promise<readonly UserId[]> {
    if (this.#watchers.size - (this.#watchers.has(user) ? 1 : 0) === 0) return [];
    const companions = await this.#world.store.companions(user, limits.presenceMax);
    return companions.filter((other) => this.#watchers.has(other));
  }

  #say(user: UserId, news: ReadonlyMap<UserId, Status>): void {
    const signal = new Signal(frames.statusSignal(news, false));
    for (const viewer of this.#watchers.of(user))
      if (!this.#unaware.has(viewer) && !viewer.signal(signal)) this.#unaware.add(viewer);
  }

  async #sayAll(viewer: Viewer): Promise<void> {
    // First: whom they share rooms with may be another while it is read.
    if (!this.#unaware.delete(viewer)) return;
    const companions = await this.#world.store.companions(viewer.user, limits.presenceMax);
    const all = await this.#world.statusOf(companions);
    if (!this.#watchers.holds(viewer.user, viewer)) return;
    if (!viewer.signal(new Signal(frames.statusSignal(all, true))))
      return void this.#unaware.add(viewer);
    // Only this one knows already: whatever becomes of it must be told then.
    for (const [user, { availability }] of all)
      if (availability !== this.#knownOf(user)) this.#told.set(user, null);
  }

  #knownOf(user: UserId): Status["availability"] | null {
    const told = this.#told.get(user);
    return told === undefined ? "offline" : told;
  }

  /** For everybody else, between some of many: a whole house may come back at once. */
  async #turn(): Promise<void> {
    if (this.#looks++ % SOME === 0)
      await new Promise<void>((resume) => this.#world.clock.soon(resume));
  }
}

/** By who is to hear of it. */
class News extends Map<UserId, Map<UserId, Status>> {
  note(to: UserId, of: UserId, status: Status): void {
    this.set(to, (this.get(to) ?? new Map<UserId, Status>()).set(of, status));
  }
}
