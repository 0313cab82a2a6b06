import type { Boundary } from "./disk.ts";
import type { Way } from "./network.ts";
import type { World } from "./world.ts";

/** What happens to the server's machine; one after another, each until it is over. */
export const machineFaults = {
  /** The process ends in the middle of a commit, and is started again. */
  async crash(world: World) {
    const { node, chance, time } = world;
    const boundaries: Boundary[] = ["before the commit", "after the commit", "after telling"];
    node.crashAt = chance.one(boundaries);
    await waitFor(world, () => node.process === null, 3_000);
    node.kill("between commits");
    await time.wait(chance.whole(30, 2_500));
    await node.start();
  },
  async kill(world: World) {
    world.node.kill("between commits");
    await world.time.wait(world.chance.whole(30, 2_500));
    await world.node.start();
  },
  /** It is asked to go, and another one comes. */
  async restart(world: World) {
    const { node, chance, time } = world;
    let stopped = false;
    void node.stop().then(() => (stopped = true));
    // Whoever starts it lets it have so long.
    await waitFor(world, () => stopped, 5_000);
    node.kill("between commits");
    await time.wait(chance.whole(30, 1_000));
    await node.start();
  },
  /** The disk takes nothing, or has no space. */
  async "failing disk"(world: World) {
    const { node, chance, time } = world;
    node.disk.fault = chance.one(["store_unavailable", "store_full"]);
    await time.wait(chance.whole(100, 4_000));
    node.disk.fault = null;
  },
  async "slow disk"(world: World) {
    world.node.slowness = 25;
    await world.time.wait(world.chance.whole(500, 5_000));
    world.node.slowness = 1;
  },
  /** What is stored is not told to those who follow, until more is. */
  async "lost tellings"(world: World) {
    world.node.disk.isMute = true;
    await world.time.wait(world.chance.whole(50, 1_500));
    world.node.disk.isMute = false;
  },
  async "clock jump"(world: World) {
    const { chance, node } = world;
    node.skew = chance.one([-1, 1]) * chance.one([1_000, 3_600_000, 86_400_000]);
    node.clockJumps++;
  },
};

/** What happens on one client's way to the server. */
export const wayFaults = {
  async cut({ way }: WayFault) {
    way.cut();
  },
  /** Nothing moves; then it goes on as if nothing had been. */
  async stall({ world, way }: WayFault) {
    way.stall();
    await world.time.wait(world.chance.whole(100, 6_000));
    way.go();
  },
  /** Nothing moves, and what was on the way never comes. */
  async blackhole({ world, way }: WayFault) {
    way.stall();
    await world.time.wait(world.chance.whole(1_000, 40_000));
    way.cut();
    way.go();
  },
  async down({ world, way }: WayFault) {
    way.isDown = true;
    way.cut();
    await world.time.wait(world.chance.whole(100, 8_000));
    way.isDown = false;
  },
  /** What is asked arrives, and no answer comes back. */
  async "lost answers"({ world, way }: WayFault) {
    way.losesAnswers = true;
    await world.time.wait(world.chance.whole(100, 3_000));
    way.losesAnswers = false;
  },
  async "slow reader"({ world, way }: WayFault, rates = [0.5, 5, 50]) {
    way.rate = world.chance.one(rates);
    await world.time.wait(world.chance.whole(1_000, 20_000));
    way.rate = Number.POSITIVE_INFINITY;
    way.go();
  },
};

interface WayFault {
  readonly world: World;
  readonly way: Way;
}

export type MachineFault = keyof typeof machineFaults;
export type WayFaultName = keyof typeof wayFaults;

/** How often each kind of thing has happened in this world. */
export function bites({ node, internet }: World): Record<MachineFault, number> & { way: number } {
  const { crashes, disk, clockJumps, slowed } = node;
  let way = 0;
  for (const each of internet.ways.values()) way += each.bites;
  const killed = crashes["between commits"];
  const inCommit = Object.values(crashes).reduce((sum, count) => sum + count, 0) - killed;
  return {
    crash: inCommit,
    kill: killed,
    restart: node.stops,
    "failing disk": disk.counts.refused,
    "slow disk": slowed,
    "lost tellings": disk.counts.untold,
    "clock jump": clockJumps,
    way,
  };
}

/** Ends what is going on, whatever it is. */
export function heal(world: World): void {
  const { node } = world;
  node.crashAt = null;
  node.disk.fault = null;
  node.disk.isMute = false;
  node.slowness = 1;
  for (const way of world.internet.ways.values()) {
    if (way.stalls) way.cut();
    way.isDown = way.losesAnswers = false;
    way.rate = Number.POSITIVE_INFINITY;
    way.go();
  }
}

async function waitFor({ time }: World, isSo: () => boolean, most: number): Promise<void> {
  const end = time.now + most;
  while (!isSo() && time.now < end) await time.wait(20);
}
