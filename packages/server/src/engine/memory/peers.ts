import { limits } from "@snug/protocol";
import type { Clock, Peers, PeersListener } from "../../core/ports.ts";

/** Milliseconds that a telling is on its way. */
const WAY = 10;
/** Milliseconds after which a node that is not heard of any more is missed, at the latest. */
const MISSED = limits.nodeLeaseMs + limits.nodeLookMs;

/** The nodes of one house in one process. What becomes of real ones is done to them by hand. */
export class MemoryHouse {
  readonly clock: Clock;
  /** Those that live and are heard, by name. */
  readonly nodes = new Map<string, MemoryPeers>();
  #lives = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  newName(): string {
    return `node-${++this.#lives}`;
  }
}

/** One node's place in it. */
export class MemoryPeers implements Peers {
  readonly others = new Set<string>();
  /** How many tellings left it. */
  told = 0;
  readonly #house: MemoryHouse;
  readonly #listeners = new Set<PeersListener>();
  #name: string;
  #loses = false;
  #cuts = 0;

  constructor(house: MemoryHouse) {
    this.#house = house;
    this.#name = house.newName();
  }

  tell(text: string): void {
    const from = this.#name;
    this.told++;
    if (this.#loses) {
      this.#loses = false;
      this.#house.clock.after(limits.nodeLookMs, () => this.#want());
    } else if (this.#isHeard) this.#toOthers((other) => other.#hear(from, text));
  }

  listen(listener: PeersListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#enter();
    return () => this.#listeners.delete(listener);
  }

  /** It says goodbye. */
  leave(): void {
    this.#toOthers((other) => other.#miss(this.#name));
    this.#house.nodes.delete(this.#name);
    this.others.clear();
  }

  /** Its process is killed. */
  die(): void {
    this.#listeners.clear();
    this.cut();
  }

  /** It neither hears nor is heard. */
  cut(): void {
    const cut = ++this.#cuts;
    this.#house.nodes.delete(this.#name);
    this.#house.clock.after(MISSED, () => {
      if (this.#isHeard || cut !== this.#cuts) return;
      for (const name of this.others) {
        const other = this.#house.nodes.get(name);
        if (other) other.#miss(this.#name);
        this.#miss(name);
      }
    });
  }

  /** It hears again; if it was missed, it is another node now. */
  heal(): void {
    if (this.#isHeard) return;
    if (this.others.size === 0) this.#name = this.#house.newName();
    this.#enter();
  }

  /** The next that it tells is lost. */
  lose(): void {
    this.#loses = true;
  }

  get #isHeard(): boolean {
    return this.#house.nodes.has(this.#name);
  }

  #enter(): void {
    for (const [name, other] of this.#house.nodes) {
      this.others.add(name);
      other.others.add(this.#name);
      for (const one of [this, other]) this.#house.clock.after(WAY, () => one.#want());
    }
    this.#house.nodes.set(this.#name, this);
  }

  #toOthers(act: (other: MemoryPeers) => void): void {
    for (const name of this.others) {
      const other = this.#house.nodes.get(name);
      if (other) this.#house.clock.after(WAY, () => act(other));
    }
  }

  #hear(from: string, text: string): void {
    if (!this.#isHeard) return;
    for (const listener of this.#listeners) listener.told(from, text);
  }

  #want(): void {
    for (const listener of this.#listeners) listener.wanted();
  }

  #miss(name: string): void {
    if (!this.others.delete(name)) return;
    for (const listener of this.#listeners) listener.gone(name);
  }
}
