import { afterAll } from "bun:test";
import type { Engine } from "../../core/ports.ts";
import { ManualClock } from "../../manual-clock.ts";
import { peersContract } from "../contract/peers.ts";
import { memoryBlobs } from "../memory/blobs.ts";
import { openRedis } from "./engine.ts";
import { NODES } from "./keys.ts";
import { startCable, startRedis } from "./testing.ts";

const redis = await startRedis();
afterAll(() => redis.close());

// Redis keeps no time for the nodes: leases run out by this clock.
const clock = new ManualClock();
const reached = new Set<Engine>();

/** Whatever was told by now is written to all that hear. */
const carried = () => Promise.all(Array.from(reached, ({ store }) => store.probe()));

const isUp = ({ store }: Engine) =>
  store.probe().then(
    () => true,
    () => false,
  );

async function until(isSo: () => boolean): Promise<boolean> {
  const end = Date.now() + 5_000;
  while (!isSo() && Date.now() < end) await Bun.sleep(2);
  return isSo();
}

peersContract("Redis", {
  async join() {
    const cable = await startCable(redis.port);
    const engine = await openRedis({ url: cable.url, clock, blobs: memoryBlobs() });
    reached.add(engine);
    return {
      peers: engine.peers,
      async leave() {
        reached.delete(engine);
        await engine.close();
        cable.close();
      },
      cut() {
        reached.delete(engine);
        cable.cut();
      },
      async heal() {
        cable.mend();
        const hears = `${NODES}\n${reached.size + 1}`;
        while (redis.ask("PUBSUB", "NUMSUB", NODES) !== hears || !(await isUp(engine)))
          await Bun.sleep(10);
        reached.add(engine);
      },
    };
  },
  until,
  async pass(ms) {
    for (let past = 0; past < ms; past += 500) {
      clock.advance(500);
      await carried();
      await Bun.sleep(2);
    }
  },
});
