import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import type { Fault } from "../processes/fault.ts";
import { answeredAfter } from "./silence.ts";
import { judgeNodes, nodeFigures } from "./scene.ts";

export const redisKill: Fault = {
  name: "redis-kill",
  what: "kill -9 of a Redis with `disk` under load, started again",
  async strike(setting) {
    const kills = setting.long ? 15 : 1;
    const backAt: number[] = [];
    const ready: number[] = [];
    let waited = 0;
    const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    const settings = () => ({ SNUG_REDIS: redis.url, SNUG_DURABILITY: "disk" });
    const order = { nodes: 2, settings, perSecond: 100, close: () => redis.close() };
    const judged = await judgeNodes(setting, order, async ({ run, house, crowd }) => {
      for (let kill = 0; kill < kills && !run.ended.aborted; kill++) {
        await Bun.sleep(run.chance.whole(500, 1_000));
        await crowd.until(() => crowd.waiting > 0, "nobody waited for an answer");
        waited += crowd.waiting;
        run.breaks("kill -9 of Redis", "power");
        const after = await house.withoutStore(async () => {
          await redis.dieAndRise();
          backAt.push(performance.now());
        });
        ready.push(after);
      }
    });
    const thrownOut = judged.history.filter(
      (entry) => entry.kind === "close" && entry.transport !== "http" && entry.why !== "finished",
    ).length;
    const differences = [...judged.differences];
    if (thrownOut > 0) differences.push(`${thrownOut} connections ended by it`);
    return {
      ...nodeFigures(judged),
      done: kills,
      bit: backAt.length,
      heals: answeredAfter(judged.history, backAt),
      differences,
      note: `${waited} sends waited when it was killed; both nodes were ready ${Math.max(...ready).toFixed(0)} ms after it at most; no connection ended`,
    };
  },
};
