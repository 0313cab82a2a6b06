import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import type { Entry } from "../history.ts";
import type { Fault } from "../processes/fault.ts";
import { ask } from "./ask.ts";
import { judgeNodes, nodeFigures, type Scene } from "./scene.ts";
import { type Half, Line } from "./line.ts";

const GLANCE = 10;
const SEES_WITHIN = 1_000;
const BACK_WITHIN = 5_000;

/** The connection on which a node hears what all commit is ended by Redis. */
export const cut: Fault = {
  name: "ears-cut",
  what: "the pub/sub connection of a node is cut under load",
  async strike(setting) {
    const cuts = setting.long ? 30 : 2;
    const heals: number[] = [];
    const missed: number[] = [];
    let anew = 0;
    const redis = await startRedis();
    const settings = () => ({ SNUG_REDIS: redis.url, SNUG_DURABILITY: "memory" });
    const order = { nodes: 2, settings, perSecond: 150, close: () => redis.close() };
    const ears = async () => {
      const list = await ask(redis.port, "CLIENT", "LIST", "TYPE", "pubsub");
      return [...list.matchAll(/^id=(\d+)/gm)].map(([, id = ""]) => id);
    };
    const judged = await judgeNodes(setting, order, async (scene) => {
      for (let time = 0; time < cuts && !scene.run.ended.aborted; time++) {
        await Bun.sleep(scene.run.chance.whole(200, 600));
        const id = scene.run.chance.one(await ears());
        const from = performance.now();
        scene.run.breaks("a pub/sub connection is cut", "connection");
        if ((await ask(redis.port, "CLIENT", "KILL", "ID", id)) !== "1") continue;
        while ((await ears()).length < order.nodes)
          if (performance.now() - from > BACK_WITHIN) throw new Error("a node listens no more");
        if (!(await ears()).includes(id)) anew++;
        missed.push(committed(scene.run.history, from));
        await caughtUp(scene);
        heals.push(performance.now() - from);
      }
    });
    return {
      ...nodeFigures(judged),
      done: cuts,
      bit: anew,
      heals,
      differences: judged.differences,
      note: `Redis ended it (\`CLIENT KILL\`) and had another in its place each time; ${sum(missed)} messages were committed until the node listened again, some in ${missed.filter((count) => count > 0).length} of the times`,
    };
  },
};

/** That connection, and each that is made in its place, is held up without a word. */
export const stall: Fault = {
  name: "ears-stall",
  what: "the pub/sub connection of a node stands still without a word, one way and both",
  async strike(setting) {
    const all: readonly Half[] = ["both ways", "to the node", "to Redis"];
    const halves = setting.long ? all : all.slice(0, 1);
    const lengths = setting.long ? [3_000, 20_000, 60_000] : [2_000];
    const heals: number[] = [];
    const behind: number[] = [];
    const redis = await startRedis();
    const lines = await Promise.all(halves.map(() => Line.open(redis.port)));
    // The last node hears all the while.
    const settings = (node: number) => ({
      SNUG_REDIS: lines[node]?.url ?? redis.url,
      SNUG_DURABILITY: "memory",
    });
    const close = async () => {
      lines.forEach((line) => line.close());
      await redis.close();
    };
    // Those who read here share one process, which has to read all that was missed in a second.
    const order = { nodes: lines.length + 1, settings, perSecond: 20, close };
    const judged = await judgeNodes(setting, order, async (scene) => {
      const { run, house, crowd } = scene;
      const deaf = await Promise.all(
        lines.map((_, index) => {
          const node = house.nodes[index];
          if (!node) throw new Error("a line leads to no node");
          return crowd.watch(`at ${node.name}`, "ws", run.through(node));
        }),
      );
      for (const length of lengths) {
        await Bun.sleep(run.chance.whole(300, 600));
        run.breaks("pub/sub connections stand still", "connection");
        lines.forEach((line, index) => line.hold(halves[index] ?? "both ways"));
        await Bun.sleep(length);
        const head = highest(run.history);
        behind.push(...deaf.map(({ place }) => head - place.seq));
        lines.forEach((line) => line.release());
        heals.push(await caughtUp(scene));
      }
    });
    const differences = [...judged.differences];
    const slowest = Math.max(...heals);
    if (slowest > SEES_WITHIN)
      differences.push(
        `the users of a node saw all only ${slowest.toFixed(0)} ms after its return`,
      );
    const slow = judged.history.filter((entry) => entry.kind === "close" && entry.why === "slow");
    return {
      ...nodeFigures(judged),
      done: lengths.length * halves.length,
      bit: behind.filter((count) => count > 0).length,
      heals,
      differences,
      note: `held up by a proxy for ${lengths.map((ms) => ms / 1_000).join(", ")} s, at ${halves.length} nodes of ${order.nodes} at once; when it let go their users were ${Math.min(...behind)} to ${Math.max(...behind)} messages behind, and ${slow.length} connections were closed as slow for what came at once`,
    };
  },
};

/** Until everybody has read what is answered by now; how long that took. */
async function caughtUp({ run, crowd }: Scene): Promise<number> {
  const from = performance.now();
  const head = highest(run.history);
  while (!crowd.hasRead(head) && !run.ended.aborted) {
    if (performance.now() - from > 20_000) throw new Error("somebody was never told all");
    await Bun.sleep(GLANCE);
  }
  return performance.now() - from;
}

const highest = (history: readonly Entry[]) =>
  history.reduce((most, entry) => (entry.kind === "ok" ? Math.max(most, entry.seq) : most), 0);

const committed = (history: readonly Entry[], from: number) =>
  history.filter((entry) => entry.kind === "ok" && entry.t > from).length;

const sum = (of: readonly number[]) => of.reduce((total, one) => total + one, 0);
