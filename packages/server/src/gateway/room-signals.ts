import { frames, limits, type Presence, type RoomId, type User, type UserId } from "@snug/protocol";
import { Attendance } from "../core/presence.ts";
import type { Clock } from "../core/ports.ts";
import { Pace } from "./pace.ts";
import { Signal, type Viewer } from "./signal.ts";

export interface RoomSignalsWorld {
  readonly clock: Clock;
  readonly isHidden: (user: UserId) => boolean;
  /** Who is here is to be looked at then: by `look`, and after it `tell` or `forget`. */
  readonly wanted: (room: RoomSignals, at: number) => void;
  readonly onFault: (fault: unknown) => void;
}

/** Milliseconds between two tellings of who is here: with the way from another node, coming shows within a second. */
const PACE = 850;
/** And of how far others have read. */
const MARKS = 1_000;

/** One open room: who has it open, and what they are told of each other. */
export class RoomSignals {
  readonly attendance: Attendance;
  readonly id: RoomId;
  readonly #world: RoomSignalsWorld;
  readonly #viewers = new Map<Viewer, Knowledge>();
  /** Users on other nodes who have it open there, once for each node. */
  #elsewhere = 0;
  /** Read places that moved and were not told yet. */
  readonly #reads = new Map<UserId, number>();
  readonly #marks: Pace;
  /** When it may be told again who is here. */
  #readyAt = SOON;

  constructor(world: RoomSignalsWorld, id: RoomId) {
    this.#world = world;
    this.id = id;
    this.attendance = new Attendance(world.isHidden);
    this.#marks = new Pace(world, MARKS, () => this.#tellReads());
  }

  /** Also of who has it open already: they are told anew who is here. */
  enter(viewer: Viewer): void {
    if (!this.#viewers.has(viewer)) this.attendance.open(viewer.user);
    this.#viewers.set(viewer, "knows not");
    this.#want(SOON);
  }

  exit(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    this.attendance.close(viewer.user, this.#world.clock.elapsed());
    this.stir();
  }

  /** Somebody has it open on another node. */
  enterElsewhere(user: UserId): void {
    this.#elsewhere++;
    this.attendance.open(user);
    this.stir();
  }

  exitElsewhere(user: UserId): void {
    this.#elsewhere--;
    this.attendance.close(user, this.#world.clock.elapsed());
    this.stir();
  }

  get isOpenHere(): boolean {
    return this.#viewers.size > 0;
  }

  get isOpenElsewhere(): boolean {
    return this.#elsewhere > 0;
  }

  /** Somebody may be here, or not be here, by now. */
  stir(): void {
    this.#want(this.attendance.isTouched ? SOON : this.attendance.leavesAt);
  }

  typing(user: User): void {
    this.#say(frames.typingSignal(this.id, user), (viewer) => viewer.user !== user.id);
  }

  read(user: UserId, seq: number): void {
    if (this.#viewers.size === 0) return;
    this.#reads.set(user, seq);
    this.#marks.due();
  }

  close(): void {
    this.#viewers.clear();
    this.#marks.close();
  }

  /** How many are told something. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Nobody has it open, nor did a moment ago. */
  get isEmpty(): boolean {
    return this.#viewers.size === 0 && this.attendance.isEmpty;
  }

  /** Who came and who went. To be told with the names it asks for, or with `null` where there are none to be had. */
  look(now: number): Look {
    this.#readyAt = now + PACE;
    const before = this.attendance.told.size;
    const { online, offline } = this.attendance.look(now);
    const count = this.attendance.told.size;
    if (count > limits.presenceMax)
      return { online: [], offline: [], count, isNews: count !== before, names: [] };
    // While there were too many nobody was told who.
    if (before > limits.presenceMax) this.#forget();
    const isNews = online.length + offline.length > 0;
    const names = this.#anybody("knows not") ? this.attendance.told : online;
    return { online, offline, count, isNews, names };
  }

  tell(
    { online, offline, count, isNews, names }: Look,
    people: ReadonlyMap<string, User> | null,
  ): void {
    if (people === null) this.#forget();
    else {
      const named = (users: Iterable<UserId>) =>
        Array.from(users).flatMap((user) => people.get(user) ?? []);
      if (isNews && this.#anybody("knows"))
        this.#tell("knows", { online: named(online), offline, count });
      // Who came in since, where there was nobody to tell all, waits: the names are not at hand.
      if (names !== online && this.#anybody("knows not"))
        this.#tell("knows not", { whole: true, online: named(names), offline: [], count });
    }
    if (this.#anybody("knows not")) this.#want(SOON);
    else this.stir();
  }

  #want(at: number): void {
    if (at < Number.POSITIVE_INFINITY) this.#world.wanted(this, Math.max(at, this.#readyAt));
  }

  #tell(whom: Knowledge, presence: Presence): void {
    const signal = new Signal(frames.presenceSignal(this.id, presence));
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

  async #tellReads(): Promise<void> {
    for (const [user, seq] of this.#reads) this.#say(frames.readSignal(this.id, user, seq));
    this.#reads.clear();
  }

  #say(frame: string, to: (viewer: Viewer) => boolean = () => true): void {
    const signal = new Signal(frame);
    for (const viewer of this.#viewers.keys()) if (to(viewer)) viewer.signal(signal);
  }
}

/** Whether somebody was told who is here, or has to be told all of it. */
type Knowledge = "knows" | "knows not";

interface Look extends Omit<Presence, "online" | "whole"> {
  readonly online: readonly UserId[];
  /** Whether those who know are to be told. */
  readonly isNews: boolean;
  readonly names: Iterable<UserId>;
}

const SOON = Number.NEGATIVE_INFINITY;
