import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import type { Fault } from "../processes/fault.ts";
import { heals, type Judged } from "../processes/scene.ts";
import { sentAgainInLog } from "../replay/tally.ts";
import { judgeNodes, nodeFigures } from "./scene.ts";

const GHOST = "ghost";
/** Whoever is thrown out comes to another node; with the SDK, after a pause by chance. */
const LIVE_WITHIN = 5_400;

/** `kill -9` of one node after the other, while the others go on. */
export const kill = (nodes: number): Fault => ({
  name: `kill-${nodes}`,
  what: `kill -9 of one of ${nodes} nodes under load`,
  async strike(setting) {
    const kills = setting.long ? 20 : 1;
    const killedAt: number[] = [];
    const thrownOut: number[] = [];
    let inFlight = 0;
    const redis = await startRedis();
    const settings = () => ({ SNUG_REDIS: redis.url, SNUG_DURABILITY: "memory" });
    const order = { nodes, settings, perSecond: 150, close: () => redis.close() };
    const judged = await judgeNodes(setting, order, async (scene) => {
      const { run, house, crowd, everybody } = scene;
      const [first] = house.nodes;
      const ghost = await crowd.watch(GHOST, "ws", run.through(first));
      for (let kill = 0; kill < kills && !run.ended.aborted; kill++) {
        await Bun.sleep(run.chance.whole(300, 900));
        await crowd.until(
          () => run.reading.size >= everybody && crowd.waiting > 0,
          "not everybody was back",
        );
        // The first last: who is there and nowhere else stays away then.
        const node = house.nodes[(kill + 1 + nodes - (kills % nodes)) % nodes] ?? first;
        const isLast = kill === kills - 1;
        killedAt.push(performance.now());
        inFlight += crowd.waiting;
        const before = run.history.length;
        if (isLast) ghost.visits.cut();
        await node.killAndRestart();
        thrownOut.push(run.history.slice(before).filter(({ kind }) => kind === "close").length);
      }
    });
    const others = judged.history.filter((entry) => !("client" in entry) || entry.client !== GHOST);
    const healed = heals(others, killedAt);
    const differences = [...judged.differences];
    if (Math.max(...healed) > LIVE_WITHIN) differences.push("somebody was not live within 5 s");
    const gone = goneAfter(judged, killedAt.at(-1) ?? 0);
    const ghosts = setting.long ? `; who stayed away was gone for the others after ${gone} s` : "";
    return {
      ...nodeFigures(judged),
      done: kills,
      bit: thrownOut.filter((count) => count > 0).length,
      heals: healed,
      differences,
      note: `${sum(thrownOut)} connections ended by it; ${inFlight} sends waited, ${sentAgainInLog(judged)} were in the log already when they were sent again elsewhere${ghosts}`,
    };
  },
});

/** The last of those who had the room open was told so after as many seconds. */
function goneAfter({ history }: Judged, killedAt: number): string {
  const id = history.find((entry) => entry.kind === "sign-in" && entry.client === GHOST);
  const user = id?.kind === "sign-in" ? id.user : "";
  const last = history.findLast(
    (entry) =>
      entry.kind === "company" &&
      entry.t > killedAt &&
      !entry.whole &&
      entry.offline.includes(user),
  );
  return last ? ((last.t - killedAt) / 1000).toFixed(1) : "never";
}

const sum = (of: readonly number[]) => of.reduce((total, one) => total + one, 0);
