import type { Chance } from "../chance.ts";
import type { Fault } from "./fault.ts";
import { type Mishap, Proxy, type Weather } from "./proxy.ts";
import { figures, judge, watchers } from "./scene.ts";
import { Talk } from "./talk.ts";

const STORMS: readonly Mishap[] = [
  "delay",
  "trickle",
  "resetAfter",
  "deafAfter",
  "muteAfter",
  "twice",
];

export const chaos: Fault = {
  name: "chaos",
  what: "a bad network: delays, trickles, resets, half-open and doubled connections",
  async strike(setting) {
    const seconds = setting.long ? 120 : 4;
    const bit: Partial<Record<Mishap, number>> = {};
    let [connections, clearedAt] = [0, 0];
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      let stormy = true;
      const proxy = await Proxy.open(server, () => {
        // In turn, so that a short storm has them all.
        const mishap = STORMS[connections++ % STORMS.length] as Mishap;
        return stormy ? storm(mishap, run.chance) : {};
      });
      run.ended.addEventListener("abort", () => proxy.close());
      const bad = run.through(proxy);
      await watchers(crowd, 2, bad);
      const talk = new Talk(crowd, bad, { people: 6, perSecond: 60 });
      await Bun.sleep(seconds * 1000);
      talk.stop();
      Object.assign(bit, proxy.mishaps);
      stormy = false;
      proxy.cut();
      clearedAt = performance.now();
    });
    const shown = STORMS.map((mishap) => `${mishap} ${bit[mishap] ?? 0}`);
    const unbitten = STORMS.filter((mishap) => !bit[mishap]);
    const caughtUp = judged.history.findLast(({ kind }) => kind === "open")?.t ?? 0;
    return {
      ...figures(judged),
      done: STORMS.length,
      bit: STORMS.length - unbitten.length,
      heals: [Math.max(0, caughtUp - clearedAt)],
      differences: judged.differences,
      note: `${seconds} s, ${connections} connections; what came through changed: ${shown.join(", ")} times`,
    };
  },
};

/** What happens to one connection, and often a delay on top of it. */
function storm(mishap: Mishap, chance: Chance): Weather {
  const place = chance.whole(1, 6_000);
  const jitter = chance.next() < 0.5 || mishap === "delay";
  return {
    ...(jitter && { delay: () => chance.whole(0, 40) }),
    ...(mishap === "trickle" && { trickle: 2_000 }),
    ...(mishap === "twice" && { twice: true }),
    ...(mishap === "resetAfter" && { resetAfter: place }),
    ...(mishap === "deafAfter" && { deafAfter: place }),
    ...(mishap === "muteAfter" && { muteAfter: chance.whole(1, 300) }),
  };
}
