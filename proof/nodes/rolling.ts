import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import type { Fault } from "../processes/fault.ts";
import { heals } from "../processes/scene.ts";
import { judgeNodes, nodeFigures } from "./scene.ts";

const LEAVES_WITHIN = 5_000;

export const rolling: Fault = {
  name: "rolling",
  what: "three nodes are restarted one after the other under load",
  async strike(setting) {
    const rounds = setting.long ? 4 : 1;
    const askedAt: number[] = [];
    const took: number[] = [];
    const differences: string[] = [];
    let byes = 0;
    let bit = 0;
    const redis = await startRedis();
    const settings = () => ({ SNUG_REDIS: redis.url, SNUG_DURABILITY: "memory" });
    const order = { nodes: 3, settings, perSecond: 150, close: () => redis.close() };
    const judged = await judgeNodes(setting, order, async ({ run, house, crowd, everybody }) => {
      for (let time = 0; time < rounds * order.nodes && !run.ended.aborted; time++) {
        const node = house.nodes[time % order.nodes];
        if (!node) break;
        await crowd.until(() => run.reading.size >= everybody, "not everybody was back");
        run.goodbyes.clear();
        askedAt.push(performance.now());
        const { exit, within } = await node.drainAndRestart();
        took.push(within);
        if (exit !== 0) differences.push(`${node.name} ended with ${exit}`);
        if (within > LEAVES_WITHIN)
          differences.push(`${node.name} took ${within.toFixed(0)} ms to go`);
        const said = run.goodbyes.get("1012, closed with 1012") ?? 0;
        const all = [...run.goodbyes].map(([what, count]) => `${count} × ${what}`).join(", ");
        if (run.goodbyes.size > 1 || (run.goodbyes.size === 1 && said === 0))
          differences.push(`of ${node.name} was told: ${all}`);
        byes += said;
        if (said > 0) bit++;
      }
    });
    return {
      ...nodeFigures(judged),
      done: askedAt.length,
      bit,
      heals: heals(judged.history, askedAt),
      differences: [...judged.differences, ...differences],
      note: `exit code 0 after ${Math.max(...took).toFixed(0)} ms at most; ${byes} sockets were told bye 1012 and closed with it, and went on at another node`,
    };
  },
};
