import type { PresenceSetting, RoomId, Status, UserId } from "@snug/protocol";
import { Limiter } from "../core/limiter.ts";
import { Attendance } from "../core/presence.ts";
import type { Clock, PeopleStore, Roster } from "../core/ports.ts";
import { Pace } from "./pace.ts";
import { RoomSignals } from "./room-signals.ts";
import type { Signal } from "./signal.ts";
import { StatusBoard } from "./status-board.ts";
import { Stay, type StayWorld } from "./stay.ts";

export interface RosterWorld {
  readonly clock: Clock;
  readonly store: Pick<PeopleStore, "users" | "settings" | "companions" | "sawUser" | "lastSeen">;
  readonly onFault: (fault: unknown) => void;
}

/** Somebody of whom at least one connection lives, or did a moment ago. */
interface Person {
  readonly stays: Set<Stay>;
  /** `null` until it was read: nothing is told of them before. */
  setting: PresenceSetting | null;
  /** Whether all of their connections said so, at the last look. */
  isAway: boolean;
  /** When their last connection went. */
  leftAt: number;
}

/** Milliseconds between two looks at who went. */
const PACE = 100;
/** Milliseconds until what failed is tried again. */
const RETRY = 2_000;
/** Signs of writing that are handed on: of one user, and in one room. */
const TYPING = { perSecond: 0.5, burst: 1 };
const ROOM_TYPING = { perSecond: 5, burst: 5 };

/** Who is here, by the connections of this node. */
export class NodeRoster implements Roster, StayWorld {
  readonly #world: RosterWorld;
  readonly #people = new Map<UserId, Person>();
  readonly #rooms = new Map<RoomId, RoomSignals>();
  /** Who is here at all. */
  readonly #house = new Attendance((user) => this.#isHidden(user));
  readonly #board: StatusBoard;
  readonly #unwatch = new Map<Stay, () => void>();
  readonly #look: Pace;
  /** Whose setting could not be read. */
  readonly #unread = new Set<UserId>();
  readonly #retry: Pace;
  readonly #typing: Limiter;
  readonly #roomTyping: Limiter;
  #isClosed = false;

  constructor(world: RosterWorld) {
    this.#world = world;
    const { clock, store, onFault } = world;
    this.#board = new StatusBoard({
      clock,
      store,
      statusOf: (users) => this.statusOf(users),
      onFault,
    });
    this.#look = new Pace(world, PACE, () => this.#lookAround());
    this.#retry = new Pace(world, RETRY, async () => this.#readAgain());
    this.#typing = new Limiter(clock, TYPING);
    this.#roomTyping = new Limiter(clock, ROOM_TYPING);
  }

  async present(room: RoomId): Promise<UserId[]> {
    return this.#rooms.get(room)?.attendance.here() ?? [];
  }

  async statusOf(users: readonly UserId[]): Promise<Map<UserId, Status>> {
    const availabilities = users.map((user) => [user, this.#availability(user)] as const);
    const gone = availabilities.flatMap(([user, how]) => (how === "offline" ? [user] : []));
    const seen = gone.length > 0 ? await this.#world.store.lastSeen(gone) : new Map();
    return new Map(
      availabilities.map(([user, availability]) => {
        const lastSeen: number | undefined = seen.get(user);
        return [user, lastSeen === undefined ? { availability } : { availability, lastSeen }];
      }),
    );
  }

  setTyping(room: RoomId, user: UserId): void {
    if (!this.#rooms.has(room) || this.#typing.take(`${room} ${user}`) > 0) return;
    this.#tellTyping(room, user).catch(this.#world.onFault);
  }

  /** Somebody's connection is here; `signal` hands on what is said to it. */
  arrive(user: UserId, signal: (signal: Signal) => boolean): Stay {
    const stay = new Stay(this, user, signal);
    const known = this.#people.get(user);
    const person = known ?? { stays: new Set(), setting: null, isAway: false, leftAt: 0 };
    this.#people.set(user, person);
    person.stays.add(stay);
    this.#house.open(user);
    if (known) this.awayChanged(stay);
    else this.presenceChanged(user);
    return stay;
  }

  /** Up to here they have read, as others may know. */
  readMoved(room: RoomId, user: UserId, seq: number): void {
    this.#rooms.get(room)?.read(user, seq);
  }

  /** Their setting may be another now. */
  presenceChanged(user: UserId): void {
    const person = this.#people.get(user);
    if (person === undefined || this.#isClosed) return;
    this.#readSetting(user, person).catch((fault: unknown) => {
      this.#world.onFault(fault);
      this.#unread.add(user);
      this.#retry.at(this.#world.clock.elapsed() + RETRY);
    });
  }

  /** They lost this room, or left it: nobody waits whether they come back. */
  gone(room: RoomId, user: UserId): void {
    const open = this.#rooms.get(room);
    open?.attendance.dismiss(user);
    open?.look();
  }

  erased(user: UserId): void {
    const person = this.#people.get(user);
    if (person) person.setting = null;
    for (const open of this.#rooms.values()) {
      open.attendance.dismiss(user);
      open.look();
    }
    this.#house.dismiss(user);
    this.#look.due();
  }

  /** They and those in a small room came to share it. */
  met(user: UserId): void {
    this.#board.met(user);
  }

  /** They left a small room that these are in. */
  parted(user: UserId, others: Iterable<UserId>): void {
    this.#board.parted(user, others);
  }

  /** These share rooms with others than before. */
  refresh(users: Iterable<UserId>): void {
    this.#board.refresh(users);
  }

  entered(room: RoomId, stay: Stay): void {
    if (this.#isClosed) return;
    const open = this.#rooms.get(room) ?? this.#open(room);
    open.enter(stay);
  }

  exited(room: RoomId, stay: Stay, atOnce: boolean): void {
    this.#rooms.get(room)?.exit(stay);
    if (atOnce) this.gone(room, stay.user);
  }

  awayChanged({ user }: Stay): void {
    this.#board.changed(user);
  }

  watches(stay: Stay): void {
    this.#unwatch.set(stay, this.#board.watch(stay));
  }

  over(stay: Stay, atOnce: boolean): void {
    this.#unwatch.get(stay)?.();
    this.#unwatch.delete(stay);
    const person = this.#people.get(stay.user);
    person?.stays.delete(stay);
    if (person?.stays.size === 0) person.leftAt = this.#world.clock.now();
    this.#house.close(stay.user, this.#world.clock.elapsed());
    if (atOnce) this.#house.dismiss(stay.user);
    this.awayChanged(stay);
    this.#look.at(atOnce ? 0 : this.#house.leavesAt);
  }

  /** Nothing more is told; when those were seen who are here now is kept. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#board.close();
    this.#look.close();
    this.#retry.close();
    for (const room of this.#rooms.values()) room.close();
    const now = this.#world.clock.now();
    const here = this.#house.here();
    await Promise.all(here.map((user) => this.#world.store.sawUser(user, now)));
  }

  #open(room: RoomId): RoomSignals {
    const isHidden = (user: UserId) => this.#isHidden(user);
    const world = { ...this.#world, isHidden };
    const open = new RoomSignals(world, room, () => this.#rooms.delete(room));
    this.#rooms.set(room, open);
    return open;
  }

  #isHidden(user: UserId): boolean {
    const { setting = null } = this.#people.get(user) ?? {};
    return setting === null || setting === "invisible";
  }

  /** The same also of somebody who has no connection here: over HTTP one writes without. */
  async #hides(user: UserId): Promise<boolean> {
    if (this.#people.has(user)) return this.#isHidden(user);
    return (await this.#world.store.settings(user)).presence === "invisible";
  }

  async #tellTyping(room: RoomId, user: UserId): Promise<void> {
    if ((await this.#hides(user)) || this.#roomTyping.take(room) > 0) return;
    const [name] = await this.#world.store.users([user]);
    if (name) this.#rooms.get(room)?.typing(name);
  }

  #availability(user: UserId): Status["availability"] {
    const person = this.#people.get(user);
    if (person === undefined || !this.#house.isHere(user)) return "offline";
    if (person.setting === "busy") return "busy";
    // Of those who are leaving the last look counts: nothing is told until they have left.
    if (person.stays.size > 0) person.isAway = [...person.stays].every(({ isAway }) => isAway);
    return person.isAway ? "away" : "online";
  }

  async #readSetting(user: UserId, person: Person): Promise<void> {
    const before = person.setting;
    person.setting = (await this.#world.store.settings(user)).presence;
    // To the others they leave now, and of what comes after nothing is told.
    if (before !== null && before !== "invisible" && person.setting === "invisible")
      await this.#world.store.sawUser(user, this.#world.clock.now());
    for (const { rooms } of person.stays)
      for (const room of rooms) {
        const open = this.#rooms.get(room);
        open?.attendance.touch(user);
        open?.look();
      }
    this.#board.changed(user);
  }

  #readAgain(): void {
    const users = [...this.#unread];
    this.#unread.clear();
    for (const user of users) this.presenceChanged(user);
  }

  async #lookAround(): Promise<void> {
    const { over } = this.#house.look(this.#world.clock.elapsed());
    const seen = over.flatMap((user) => {
      const { leftAt = 0 } = this.#people.get(user) ?? {};
      return this.#isHidden(user) ? [] : [this.#world.store.sawUser(user, leftAt)];
    });
    for (const user of over) this.#people.delete(user);
    this.#look.at(this.#house.leavesAt);
    await Promise.all(seen).catch(this.#world.onFault);
    for (const user of over) this.#board.changed(user);
  }
}
