import { frames, limits, type Presence, type RoomId, type User, type UserId } from "@snug/protocol";
import { Attendance } from "../core/presence.ts";
import type { Clock, PeopleStore } from "../core/ports.ts";
import { Pace } from "./pace.ts";
import { Signal, type Viewer } from "./signal.ts";

export interface RoomSignalsWorld {
  readonly clock: Clock;
  readonly store: Pick<PeopleStore, "users">;
  readonly isHidden: (user: UserId) => boolean;
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two tellings of who is here: with the way from another node, coming shows within a second. */
const PACE = 850;
/** And of how far others have read. */
const MARKS = 1_000;

/** One open room: who has it open, and what they are told of each other. */
export class RoomSignals {
  readonly attendance: Attendance;
  readonly #world: RoomSignalsWorld;
  readonly #room: RoomId;
  readonly #onEmpty: () => void;
  readonly #viewers = new Map<Viewer, Knowledge>();
  /** Users on other nodes who have it open there, once for each node. */
  #elsewhere = 0;
  /** Read places that moved and were not told yet. */
  readonly #reads = new Map<UserId, number>();
  readonly #presence: Pace;
  readonly #marks: Pace;

  constructor(world: RoomSignalsWorld, room: RoomId, onEmpty: () => void) {
    this.#world = world;
    this.#room = room;
    this.#onEmpty = onEmpty;
    this.attendance = new Attendance(world.isHidden);
    this.#presence = new Pace(world, PACE, () => this.#tellPresence());
    this.#marks = new Pace(world, MARKS, () => this.#tellReads());
  }

  /** Also of who has it open already: they are told anew who is here. */
  enter(viewer: Viewer): void {
    if (!this.#viewers.has(viewer)) this.attendance.open(viewer.user);
    this.#viewers.set(viewer, "knows not");
    this.#presence.due();
  }

  exit(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    this.attendance.close(viewer.user, this.#world.clock.elapsed());
    this.look();
  }

  /** Somebody has it open on another node. */
  enterElsewhere(user: UserId): void {
    this.#elsewhere++;
    this.attendance.open(user);
    this.look();
  }

  exitElsewhere(user: UserId): void {
    this.#elsewhere--;
    this.attendance.close(user, this.#world.clock.elapsed());
    this.look();
  }

  get isOpenHere(): boolean {
    return this.#viewers.size > 0;
  }

  get isOpenElsewhere(): boolean {
    return this.#elsewhere > 0;
  }

  /** Somebody may be here, or not be here, by now. */
  look(): void {
    if (this.attendance.isTouched) this.#presence.due();
    else this.#presence.at(this.attendance.leavesAt);
  }

  typing(user: User): void {
    this.#say(frames.typingSignal(this.#room, user), (viewer) => viewer.user !== user.id);
  }

  read(user: UserId, seq: number): void {
    if (this.#viewers.size === 0) return;
    this.#reads.set(user, seq);
    this.#marks.due();
  }

  close(): void {
    this.#viewers.clear();
    this.#presence.close();
    this.#marks.close();
  }

  async #tellPresence(): Promise<void> {
    const before = this.attendance.told.size;
    const { online, offline } = this.attendance.look(this.#world.clock.elapsed());
    if (this.#viewers.size === 0 && this.attendance.isEmpty) return this.#onEmpty();
    const count = this.attendance.told.size;
    const byName = count <= limits.presenceMax;
    // While there were too many nobody was told who.
    if (byName && before > limits.presenceMax) this.#forget();
    try {
      if (this.#anybody("knows")) {
        const isNews = byName ? online.length + offline.length > 0 : count !== before;
        const came = byName ? await this.#users(online) : [];
        const gone = byName ? offline : [];
        if (isNews) this.#tell("knows", { online: came, offline: gone, count });
      }
      if (this.#anybody("knows not")) {
        const here = byName ? await this.#users([...this.attendance.told]) : [];
        this.#tell("knows not", { whole: true, online: here, offline: [], count });
      }
    } catch (fault) {
      // The store is away: all are told later.
      this.#forget();
      this.#world.onFault(fault);
    }
    if (this.#anybody("knows not")) this.#presence.due();
    else this.look();
  }

  #tell(whom: Knowledge, presence: Presence): void {
    const signal = new Signal(frames.presenceSignal(this.#room, presence));
    for (const [viewer, knowledge] of this.#viewers) {
      if (knowledge !== whom) continue;
      this.#viewers.set(viewer, viewer.signal(signal) ? "knows" : "knows not");
    }
  }

  #forget(): void {
    for (const viewer of this.#viewers.keys()) this.#viewers.set(viewer, "knows not");
  }

  #anybody(who: Knowledge): boolean {
    for (const knowledge of this.#viewers.values()) if (knowledge === who) return true;
    return false;
  }

  async #users(ids: readonly UserId[]): Promise<readonly User[]> {
    return ids.length === 0 ? [] : this.#world.store.users(ids);
  }

  async #tellReads(): Promise<void> {
    for (const [user, seq] of this.#reads) this.#say(frames.readSignal(this.#room, user, seq));
    this.#reads.clear();
  }

  #say(frame: string, to: (viewer: Viewer) => boolean = () => true): void {
    const signal = new Signal(frame);
    for (const viewer of this.#viewers.keys()) if (to(viewer)) viewer.signal(signal);
  }
}

/** Whether somebody was told who is here, or has to be told all of it. */
type Knowledge = "knows" | "knows not";
