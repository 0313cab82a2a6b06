import { afterAll, expect, test } from "bun:test";
import { limits } from "@snug/protocol";
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

test("[PRS8] what a connection that broke still brings is not told after what came later, and who was held up takes nobody to be gone", async () => {
  const engine = await openRedis({ url: redis.url, clock, blobs: memoryBlobs() });
  const { peers } = engine;
  const heard: string[] = [];
  peers.listen({
    told: (_, text) => void heard.push(text),
    wanted: () => void heard.push("wanted"),
    gone: () => void heard.push("gone"),
  });
  const say = (...words: string[]) => redis.ask("PUBLISH", NODES, words.join(" "));
  say("what nobody understands");
  say("other", "0", "beat", "0");
  say("other", "1", "told", "first");
  say("other", "3", "told", "third");
  say("other", "2", "told", "second");
  say("other", "3", "beat", "0");
  say("other", "4", "told", "fourth");
  await until(() => heard.includes("fourth"));
  expect(heard).toEqual(["wanted", "first", "wanted", "third", "fourth"]);

  // It beats, and does not come to hear it, nor what others say, for almost a lease.
  clock.advance(limits.nodeLookMs / 2);
  clock.pass(limits.nodeLeaseMs - 500);
  await engine.store.probe();
  await Bun.sleep(20);
  say("other", "5", "told", "fifth");
  await until(() => heard.includes("fifth"));
  clock.advance(1);
  await engine.store.probe();
  expect(heard.slice(5)).toEqual(["fifth"]);
  await engine.close();
});
