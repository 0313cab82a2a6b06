import { engineContract } from "../../packages/server/src/engine/contract.ts";
import type { Clock } from "../../packages/server/src/core/ports.ts";
import { Disk, type Life } from "./disk.ts";

const life = (clock: Clock): Life => ({
  clock,
  delay: () => 0,
  endsAt: () => false,
  onFault(fault) {
    throw fault;
  },
});

const disks = new WeakMap<object, Disk>();

function open(disk: Disk, clock: Clock) {
  const engine = disk.open(life(clock));
  disks.set(engine, disk);
  return engine;
}

// The simulation's store is held to what every engine promises.
engineContract("simulated", {
  open: async (clock) => open(new Disk(clock), clock),
  async reopen(engine, clock) {
    await engine.close();
    return open(disks.get(engine) as Disk, clock);
  },
  durability: "memory",
});
