import { startCable, startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import type { Fault } from "../processes/fault.ts";
import { ask } from "./ask.ts";
import { judgeNodes, nodeFigures } from "./scene.ts";

/** For so long the replica gets nothing of what is said. */
const BEHIND = 1_500;
const TOLD_WITHIN = 3_000;

/** A replica that had not all is made the primary: the end of the log is gone. */
export const promoted: Fault = {
  name: "promoted",
  what: "a replica that is behind takes the place of its primary: nothing is lost without a word",
  async strike(setting) {
    const primary = await startRedis();
    const replica = await startRedis("--replicaof", "127.0.0.1", `${primary.port}`);
    const cable = await startCable(primary.port);
    const settings = () => ({ SNUG_REDIS: cable.url, SNUG_DURABILITY: "memory" });
    const order = { nodes: 2, settings, perSecond: 80 };
    const told: number[] = [];
    let everybody = 0;
    const judged = await judgeNodes(setting, order, async (scene) => {
      const { run, house, crowd } = scene;
      everybody = scene.everybody;
      await Bun.sleep(1_000);
      await ask(replica.port, "REPLICAOF", "NO", "ONE");
      await Bun.sleep(BEHIND);
      run.breaks("a replica takes over that is behind", "history");
      const from = run.history.length;
      await house.withoutStore(async () => {
        cable.leadTo(replica.port);
        cable.cut();
        cable.mend();
      });
      const at = performance.now();
      const tellings = () =>
        run.history.slice(from).filter(({ kind }) => kind === "gap" || kind === "anew");
      await crowd.until(() => tellings().length >= everybody, "somebody was never told");
      told.push(performance.now() - at);
      await Bun.sleep(1_000);
    }).finally(async () => {
      cable.close();
      for (const redis of [primary, replica]) await redis.close();
    });
    const differences = [...judged.differences];
    if (Math.max(...told) > TOLD_WITHIN) differences.push("somebody was not told within 3 s");
    return {
      ...nodeFigures(judged),
      done: 1,
      bit: judged.letGo > 0 ? 1 : 0,
      heals: told,
      differences,
      note: `${judged.letGo} acknowledged messages were gone for good, and all ${everybody} were told so; what was lost of those who use the SDK it sent again`,
    };
  },
};
