import { join } from "node:path";
import type { Chance } from "../chance.ts";
import { type Passage, Server, type Way, WITHOUT_BUILD } from "../replay/server.ts";

const READY_WITHIN = 20_000;
const GLANCE = 20;

/** What the nodes are told, each by its place. */
export type Settings = (node: number) => Readonly<Record<string, string>>;

/**
 * Nodes on one store, each a process of its own. Whoever comes is led to any of them that is up,
 * as by what stands in front of them: nobody comes back to the same one but by chance.
 */
export class House implements Way {
  readonly nodes: readonly [Server, ...Server[]];
  readonly #chance: Chance;
  #outages = 0;
  #isWithoutStore = false;

  constructor(count: number, folder: string, chance: Chance, settings: Settings) {
    const node = (_: unknown, index: number) =>
      new Server(
        // What heals here is that others are there, not how soon one starts.
        WITHOUT_BUILD,
        folder,
        { SNUG_DATA: join(folder, "data"), ...settings(index) },
        `node-${index + 1}`,
      );
    const [first, ...others] = Array.from({ length: count }, node);
    if (!first) throw new Error("a house has a node at least");
    this.nodes = [first, ...others];
    this.#chance = chance;
  }

  enter(): Passage {
    const up = this.nodes.filter(({ isUp }) => isUp);
    const passage = this.#chance.one(up.length > 0 ? up : this.nodes).enter();
    const [outages, wasWithout] = [this.#outages, this.#isWithoutStore];
    return {
      ...passage,
      wasWithoutStore: () => wasWithout || outages !== this.#outages,
    };
  }

  /** Something is done to the store; how long it took from then on until all nodes were ready again. */
  async withoutStore(act: () => Promise<void>): Promise<number> {
    this.#outages++;
    this.#isWithoutStore = true;
    try {
      await act();
      return await this.ready();
    } finally {
      this.#isWithoutStore = false;
    }
  }

  /** Until each node says that it is ready; how long that took. */
  async ready(): Promise<number> {
    const from = performance.now();
    for (const node of this.nodes) {
      while (!(await isReady(node))) {
        if (performance.now() - from > READY_WITHIN)
          throw new Error(`${node.name} was not ready within ${READY_WITHIN / 1000} s`);
        await Bun.sleep(GLANCE);
      }
    }
    return performance.now() - from;
  }
}

async function isReady({ address }: Server): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/readyz`, { keepalive: false })).ok;
  } catch {
    return false;
  }
}
