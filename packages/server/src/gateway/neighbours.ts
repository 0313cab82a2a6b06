import type { RoomId, UserId } from "@snug/protocol";
import type { Clock, Peers } from "../core/ports.ts";
import { Talk } from "../core/talk.ts";
import { Pace } from "./pace.ts";
import type { Stay } from "./stay.ts";

export interface NeighboursWorld {
  readonly clock: Clock;
  readonly peers: Peers;
  readonly onFault: (fault: unknown) => void;
  /** Who has connections on this node, and what those say of them. */
  readonly ours: () => readonly UserId[];
  readonly show: (user: UserId) => Shown;
  /** Somebody has connections on another node. */
  readonly arrive: (user: UserId) => Stay;
}

/** All of one user's connections on one node. */
export interface Shown {
  /** How many they are; with none the user is gone from there. */
  readonly connections: number;
  readonly isAway: boolean;
  readonly rooms: readonly RoomId[];
}

/** Of one user all that stands, in place of what was told of them; short, since a house is told of in one go. */
type Entry = readonly [user: UserId, connections: number, away: 0 | 1, ...rooms: RoomId[]];

interface Said {
  readonly people: readonly Entry[];
  /** Nobody waits whether these come back to what they left. */
  readonly atOnce?: readonly UserId[];
  /** With this all is told anew, up to what `ends` it: who is not in it is gone. */
  readonly begins?: true;
  readonly ends?: true;
}

/** What another node told. */
class Neighbour {
  readonly people = new Map<UserId, { readonly stay: Stay; connections: number }>();
  /** While all is told anew: of whom nothing was told so far. */
  unconfirmed = new Set<UserId>();
}

/** Milliseconds in which changes are gathered, after a first one that is told at once. */
const GATHER = 100;
/** Milliseconds between two tellings of all, however many nodes want it. */
const REST = 1_000;
/** People that are told of in one telling, or let go of in one turn. */
const SOME = 200;

/** Tells the other nodes who is here, and has whoever is there be here too, as one connection more. */
export class Neighbours {
  readonly #world: NeighboursWorld;
  readonly #talk: Talk<Said>;
  readonly #nodes = new Map<string, Neighbour>();
  /** Of whom the others are to be told, and whether nobody waits for them. */
  readonly #changed = new Map<UserId, boolean>();
  readonly #changes: Pace;
  readonly #all: Pace;

  constructor(world: NeighboursWorld) {
    this.#world = world;
    this.#changes = new Pace(world, GATHER, async () => this.#tellChanges());
    this.#all = new Pace(world, REST, () => this.#tellAll());
    this.#talk = new Talk<Said>(world, "people", {
      heard: (said, node) => this.#hear(said, node),
      wanted: () => this.#all.due(),
      gone: (node) => this.#miss(node),
    });
  }

  /** Something is another way with this user's connections here. */
  changed(user: UserId, atOnce: boolean): void {
    if (this.#talk.isAlone) return;
    this.#changed.set(user, atOnce || this.#changed.get(user) === true);
    this.#changes.due();
  }

  /** This user's connections on other nodes. */
  connectionsOf(user: UserId): number {
    let count = 0;
    for (const { people } of this.#nodes.values()) count += people.get(user)?.connections ?? 0;
    return count;
  }

  /** Nobody is here any more, as far as the others are told. Safe to call twice. */
  close(): void {
    this.#changes.close();
    this.#all.close();
    this.#talk.tell({ people: [], begins: true, ends: true });
    this.#talk.close();
  }

  #tellChanges(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (let from = 0; from < changed.length; from += SOME) {
      const some = changed.slice(from, from + SOME);
      this.#talk.tell({
        people: some.map(([user]) => this.#entry(user)),
        atOnce: some.flatMap(([user, isAtOnce]) => (isAtOnce ? [user] : [])),
      });
    }
  }

  /** What changes meanwhile is told in between: each entry is as of the moment when it is told. */
  async #tellAll(): Promise<void> {
    const users = this.#world.ours();
    for (let from = 0; from === 0 || from < users.length; from += SOME) {
      const people = users.slice(from, from + SOME).map((user) => this.#entry(user));
      const isLast = from + SOME >= users.length;
      this.#talk.tell({
        people,
        ...(from === 0 && { begins: true }),
        ...(isLast && { ends: true }),
      });
      await this.#turn();
    }
  }

  #entry(user: UserId): Entry {
    const { connections, isAway, rooms } = this.#world.show(user);
    return [user, connections, isAway ? 1 : 0, ...rooms];
  }

  #hear({ people, atOnce = [], begins, ends }: Said, node: string): void {
    const neighbour = this.#nodes.get(node) ?? new Neighbour();
    this.#nodes.set(node, neighbour);
    if (begins) neighbour.unconfirmed = new Set(neighbour.people.keys());
    const hurried = new Set(atOnce);
    for (const entry of people) this.#take(neighbour, entry, hurried.has(entry[0]));
    if (!ends) return;
    const gone: Stay[] = [];
    for (const user of neighbour.unconfirmed) {
      const known = neighbour.people.get(user);
      if (known) gone.push(known.stay);
      neighbour.people.delete(user);
    }
    void this.#letGo(gone);
  }

  #take({ people, unconfirmed }: Neighbour, entry: Entry, atOnce: boolean): void {
    const [user, connections, away, ...rooms] = entry;
    unconfirmed.delete(user);
    const known = people.get(user);
    if (connections === 0) {
      people.delete(user);
      return atOnce ? known?.stay.end() : known?.stay.leave();
    }
    const stay = known?.stay ?? this.#world.arrive(user);
    people.set(user, { stay, connections });
    for (const room of stay.rooms) {
      if (rooms.includes(room)) continue;
      if (atOnce) stay.lose(room);
      else stay.close(room);
    }
    for (const room of rooms) if (!stay.rooms.has(room)) stay.open(room);
    stay.setAway(away === 1);
  }

  #miss(node: string): void {
    const people = this.#nodes.get(node)?.people.values() ?? [];
    this.#nodes.delete(node);
    void this.#letGo(Array.from(people, ({ stay }) => stay));
  }

  /** Whoever is back meanwhile is here by another stay. */
  async #letGo(stays: readonly Stay[]): Promise<void> {
    for (let from = 0; from < stays.length; from += SOME) {
      for (const stay of stays.slice(from, from + SOME)) stay.leave();
      await this.#turn();
    }
  }

  /** For everybody else, between some of many. */
  #turn(): Promise<void> {
    return new Promise((resume) => this.#world.clock.soon(resume));
  }
}
