import type { PresenceSetting, RoomId, Status, User, UserId } from "@snug/protocol";
import { Limiter } from "../core/limiter.ts";
import { Attendance } from "../core/presence.ts";
import type { Clock, PeopleStore, Peers, Roster } from "../core/ports.ts";
import { Talk } from "../core/talk.ts";
import { Neighbours, type Shown } from "./neighbours.ts";
import { Pace } from "./pace.ts";
import { RoomSignals, type RoomSignalsWorld } from "./room-signals.ts";
import type { Signal } from "./signal.ts";
import { StatusBoard } from "./status-board.ts";
import { Stay, type StayWorld } from "./stay.ts";

export interface RosterWorld {
  readonly clock: Clock;
  readonly store: Pick<PeopleStore, "users" | "settings" | "companions" | "sawUser" | "lastSeen">;
  readonly peers: Peers;
  /** Until it is ended, what is told to a connection waits, to leave in one piece. */
  readonly hold: () => () => void;
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
/** Milliseconds in which rooms gather of which is told who is there: those told together are due together again. */
const GATHER = 25;
/** Signals that are handed on in one turn. */
const SOME = 4_000;
/** Milliseconds until what failed is tried again. */
const RETRY = 2_000;
/** Signs of writing that are handed on: of one user, and in one room. */
const TYPING = { perSecond: 0.5, burst: 1 };
const ROOM_TYPING = { perSecond: 5, burst: 5 };

/** Who is here, by the connections of this node and by what the others tell of theirs. */
export class NodeRoster implements Roster, StayWorld {
  readonly #world: RosterWorld;
  readonly #roomWorld: RoomSignalsWorld;
  readonly #people = new Map<UserId, Person>();
  readonly #rooms = new Map<RoomId, RoomSignals>();
  /** Who is here at all. */
  readonly #house = new Attendance((user) => this.#isHidden(user));
  readonly #board: StatusBoard;
  readonly #look: Pace;
  /** Rooms that are to be looked at, and when. */
  readonly #wanted = new Map<RoomSignals, number>();
  /** For all rooms: whoever has many of them open is told of all in one write. */
  readonly #beat: Pace;
  /** Whose setting could not be read. */
  readonly #unread = new Set<UserId>();
  readonly #retry: Pace;
  readonly #typing: Limiter;
  readonly #roomTyping: Limiter;
  readonly #neighbours: Neighbours;
  readonly #typingTalk: Talk<readonly [RoomId, UserId]>;
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
    this.#roomWorld = {
      clock,
      onFault,
      isHidden: (user) => this.#isHidden(user),
      wanted: (room, at) => this.#want(room, at),
    };
    this.#look = new Pace(world, PACE, () => this.#lookAround());
    this.#beat = new Pace(world, GATHER, () => this.#tellRooms());
    this.#retry = new Pace(world, RETRY, async () => this.#readAgain());
    this.#typing = new Limiter(clock, TYPING);
    this.#roomTyping = new Limiter(clock, ROOM_TYPING);
    this.#neighbours = new Neighbours({
      ...world,
      ours: () => [...this.#people.keys()].filter((user) => this.#isOurs(user)),
      show: (user) => this.#show(user),
      arrive: (user) => this.arrive(user, null),
    });
    this.#typingTalk = new Talk(world, "typing", {
      heard: ([room, user]) => {
        if (!this.#rooms.get(room)?.isOpenHere) return;
        // Taken whether it may be or not: it was counted where it came from, and ways differ in length.
        this.#typing.take(`${room} ${user}`);
        this.#tellTyping(room, user, false).catch(onFault);
      },
    });
  }

  async present(room: RoomId): Promise<UserId[]> {
    return this.#rooms.get(room)?.attendance.here() ?? [];
  }

  async statusOf(users: readonly UserId[]): Promise<Map<UserId, Status>> {
    const all = new Map<UserId, Status>();
    const gone: UserId[] = [];
    for (const user of users) {
      const availability = this.#availability(user);
      all.set(user, STATUSES[availability]);
      if (availability === "offline") gone.push(user);
    }
    if (gone.length > 0)
      for (const [user, lastSeen] of await this.#world.store.lastSeen(gone))
        all.set(user, { availability: "offline", lastSeen });
    return all;
  }

  setTyping(room: RoomId, user: UserId): void {
    if (!this.#rooms.has(room) || this.#typing.take(`${room} ${user}`) > 0) return;
    this.#tellTyping(room, user, true).catch(this.#world.onFault);
  }

  /** Connections that this user has on other nodes. */
  connectionsElsewhere(user: UserId): number {
    return this.#neighbours.connectionsOf(user);
  }

  /** Somebody's connection is here; `signal` hands on what is said to it, `null` stands for another node. */
  arrive(user: UserId, signal: ((signal: Signal) => boolean) | null): Stay {
    const stay = new Stay(this, user, signal);
    const known = this.#people.get(user);
    const person = known ?? { stays: new Set(), setting: null, isAway: false, leftAt: 0 };
    this.#people.set(user, person);
    person.stays.add(stay);
    this.#house.open(user);
    if (known) this.#board.changed(user);
    else this.presenceChanged(user);
    this.#tellOthers(stay, false);
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
    open?.stir();
  }

  erased(user: UserId): void {
    const person = this.#people.get(user);
    if (person) person.setting = null;
    for (const open of this.#rooms.values()) {
      open.attendance.dismiss(user);
      open.stir();
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
    if (stay.viewer) open.enter(stay.viewer);
    else open.enterElsewhere(stay.user);
    this.#tellOthers(stay, false);
  }

  exited(room: RoomId, stay: Stay, atOnce: boolean): void {
    const open = this.#rooms.get(room);
    if (stay.viewer) open?.exit(stay.viewer);
    else open?.exitElsewhere(stay.user);
    if (atOnce) this.gone(room, stay.user);
    this.#tellOthers(stay, atOnce);
  }

  awayChanged(stay: Stay): void {
    this.#board.changed(stay.user);
    this.#tellOthers(stay, false);
  }

  watches(stay: Stay): void {
    if (stay.viewer) this.#board.watch(stay.viewer);
  }

  over(stay: Stay, atOnce: boolean): void {
    if (stay.viewer) this.#board.unwatch(stay.viewer);
    const person = this.#people.get(stay.user);
    person?.stays.delete(stay);
    if (person?.stays.size === 0) person.leftAt = this.#world.clock.now();
    this.#house.close(stay.user, this.#world.clock.elapsed());
    if (atOnce) this.#house.dismiss(stay.user);
    this.#board.changed(stay.user);
    this.#tellOthers(stay, atOnce);
    this.#look.at(atOnce ? 0 : this.#house.leavesAt);
  }

  /** Nothing more is told; when those were seen who are here now is kept. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#neighbours.close();
    this.#typingTalk.close();
    this.#board.close();
    this.#look.close();
    this.#beat.close();
    this.#retry.close();
    for (const room of this.#rooms.values()) room.close();
    const now = this.#world.clock.now();
    const isElsewhere = (user: UserId) => this.#people.get(user)?.stays.size && !this.#isOurs(user);
    const here = this.#house.here().filter((user) => !isElsewhere(user));
    await Promise.all(here.map((user) => this.#world.store.sawUser(user, now)));
  }

  /** Whether this user has connections on this node. */
  #isOurs(user: UserId): boolean {
    for (const { viewer } of this.#people.get(user)?.stays ?? []) if (viewer) return true;
    return false;
  }

  #show(user: UserId): Shown {
    const stays = [...(this.#people.get(user)?.stays ?? [])].filter(({ viewer }) => viewer);
    return {
      connections: stays.length,
      isAway: stays.every(({ isAway }) => isAway),
      rooms: [...new Set(stays.flatMap(({ rooms }) => [...rooms]))],
    };
  }

  #tellOthers({ viewer, user }: Stay, atOnce: boolean): void {
    if (viewer) this.#neighbours.changed(user, atOnce);
  }

  #open(room: RoomId): RoomSignals {
    const open = new RoomSignals(this.#roomWorld, room);
    this.#rooms.set(room, open);
    return open;
  }

  #want(room: RoomSignals, at: number): void {
    if (at >= (this.#wanted.get(room) ?? Number.POSITIVE_INFINITY)) return;
    this.#wanted.set(room, at);
    this.#beat.at(at);
  }

  async #tellRooms(): Promise<void> {
    const now = this.#world.clock.elapsed();
    const due: RoomSignals[] = [];
    for (const [room, at] of this.#wanted) {
      if (at > now) this.#beat.at(at);
      else due.push(room);
    }
    for (const room of due) this.#wanted.delete(room);
    const release = this.#world.hold();
    try {
      let some: RoomSignals[] = [];
      let signals = 0;
      for (const room of due) {
        some.push(room);
        signals += 1 + room.size;
        if (signals < SOME) continue;
        await this.#tellSome(some, now);
        [some, signals] = [[], 0];
        await new Promise<void>((resume) => this.#world.clock.soon(resume));
      }
      await this.#tellSome(some, now);
    } finally {
      release();
    }
    // However much there is to tell, most of the time is for all else.
    this.#beat.rest(3 * (this.#world.clock.elapsed() - now));
  }

  async #tellSome(rooms: readonly RoomSignals[], now: number): Promise<void> {
    const looks = rooms.map((room) => [room, room.look(now)] as const);
    const names = new Set(looks.flatMap(([, look]) => [...look.names]));
    let people: Map<string, User> | null = new Map();
    try {
      if (names.size > 0)
        for (const user of await this.#world.store.users([...names])) people.set(user.id, user);
    } catch (fault) {
      // The store is away: all are told later.
      people = null;
      this.#world.onFault(fault);
    }
    for (const [room, look] of looks) {
      if (room.isEmpty) this.#rooms.delete(room.id);
      else room.tell(look, people);
    }
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

  async #tellTyping(room: RoomId, user: UserId, isOurs: boolean): Promise<void> {
    if ((await this.#hides(user)) || this.#roomTyping.take(room) > 0) return;
    if (isOurs && this.#rooms.get(room)?.isOpenElsewhere) this.#typingTalk.tell([room, user]);
    if (!this.#rooms.get(room)?.isOpenHere) return;
    const [name] = await this.#world.store.users([user]);
    if (name) this.#rooms.get(room)?.typing(name);
  }

  #availability(user: UserId): Status["availability"] {
    const person = this.#people.get(user);
    if (person === undefined || !this.#house.isHere(user)) return "offline";
    if (person.setting === "busy") return "busy";
    // Of those who are leaving the last look counts: nothing is told until they have left.
    if (person.stays.size > 0) person.isAway = isAwayIn(person.stays);
    return person.isAway ? "away" : "online";
  }

  async #readSetting(user: UserId, person: Person): Promise<void> {
    const { presence } = await this.#world.store.settings(user);
    // To the others they leave now, and of what comes after nothing is told.
    if (presence === "invisible" && !this.#isHidden(user))
      await this.#world.store.sawUser(user, this.#world.clock.now());
    person.setting = presence;
    for (const { rooms } of person.stays)
      for (const room of rooms) {
        const open = this.#rooms.get(room);
        open?.attendance.touch(user);
        open?.stir();
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

/** One object of each for all. */
const STATUSES: Readonly<Record<Status["availability"], Status>> = {
  online: { availability: "online" },
  away: { availability: "away" },
  busy: { availability: "busy" },
  offline: { availability: "offline" },
};

function isAwayIn(stays: Iterable<Stay>): boolean {
  for (const { isAway } of stays) if (!isAway) return false;
  return true;
}
