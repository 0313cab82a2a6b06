import {
  startCluster,
  startSentinels,
  type TestGroup,
} from "../../packages/server/src/engine/redis/failover/testing.ts";
import type { Fault, Outcome, Setting } from "../processes/fault.ts";
import { ask } from "./ask.ts";
import { answeredAfter } from "./silence.ts";
import { judgeNodes, nodeFigures, type Scene } from "./scene.ts";

/** Of a primary that is stopped; longer than it takes to put another into its place. */
const STANDS_STILL = 7_000;

/** What is done to a group of Redises of which one has the house. */
type Strike = (group: TestGroup) => Promise<void>;

/** The primary is killed; when another has its place, it comes back as a replica of that. */
const dies: Strike = async (group) => {
  const old = await group.primary();
  await old.die();
  const next = await group.primary();
  if (next === old) throw new Error("nobody took the place of the primary");
  await old.rise();
};

/** The primary stands still for so long that another takes its place, and then goes on as if nothing was. */
const standsStill: Strike = async (group) => {
  const old = await group.primary();
  old.pause();
  await Bun.sleep(STANDS_STILL);
  const next = await group.primary();
  old.goOn();
  if (next === old) throw new Error("nobody took the place of the primary");
};

export const clusterDies = failover("cluster-kill", "kill -9 of the primary", dies, startCluster);

export const clusterStandsStill = failover(
  "cluster-stop",
  "SIGSTOP for 7 s of the primary",
  standsStill,
  startCluster,
);

export const sentinelDies = failover(
  "sentinel-kill",
  "kill -9 of the primary behind Sentinels",
  dies,
  startSentinels,
);

export const migration: Fault = {
  name: "migration",
  what: "the slot of the house is moved to another primary of a Cluster under load, with `replicated`",
  strike: (setting) =>
    strikes(setting, {
      times: setting.long ? 4 : 1,
      start: startCluster,
      // A few keys, and then a while in which both have some.
      strike: (cluster) => cluster.moveHouse(() => Bun.sleep(20)),
      bit: "each time with the keys of the house on both primaries for a while, some here and some there",
    }),
};

function failover<Group extends TestGroup>(
  name: string,
  what: string,
  strike: Strike,
  start: () => Promise<Group>,
): Fault {
  return {
    name,
    what: `${what} ${name.startsWith("cluster") ? "of a Cluster " : ""}under load, with \`replicated\``,
    strike: (setting) =>
      strikes(setting, {
        times: setting.long ? 4 : 1,
        start,
        strike,
        bit: "each time another was primary after it",
      }),
  };
}

async function strikes<Group extends TestGroup>(
  setting: Setting,
  of: {
    readonly times: number;
    readonly start: () => Promise<Group>;
    readonly strike: (group: Group) => Promise<void>;
    readonly bit: string;
  },
): Promise<Outcome> {
  const group = await of.start();
  const settings = () => ({ SNUG_REDIS: group.url, SNUG_DURABILITY: "replicated" });
  const struckAt: number[] = [];
  const moved: boolean[] = [];
  const refusals: number[] = [];
  const order = { nodes: 2, settings, perSecond: 80, close: () => group.close() };
  const copies = await online(group);
  const judged = await judgeNodes(setting, order, async (scene) => {
    for (let time = 0; time < of.times && !scene.run.ended.aborted; time++) {
      await Bun.sleep(scene.run.chance.whole(500, 1_000));
      // One at a time: whoever came back has all again, or a second death would be of the only copy.
      while ((await online(group)) < copies && !scene.run.ended.aborted) await Bun.sleep(100);
      const before = (await group.primary()).port;
      const from = scene.run.history.length;
      scene.run.breaks("the primary is struck", "node");
      struckAt.push(performance.now());
      await scene.house.withoutStore(() => of.strike(group));
      moved.push((await group.primary()).port !== before);
      refusals.push(scene.run.history.slice(from).filter(({ kind }) => kind === "fail").length);
      await answered(scene);
    }
  });
  return {
    ...nodeFigures(judged),
    done: of.times,
    bit: moved.filter(Boolean).length,
    heals: answeredAfter(judged.history, struckAt),
    differences: judged.differences,
    note: `${of.bit}; ${refusals.reduce((sum, one) => sum + one, 0)} sends were answered 503 meanwhile and tried again`,
  };
}

/** How many have all that their primary has, and are told more as it comes. */
async function online(group: TestGroup): Promise<number> {
  const info = await ask((await group.primary()).port, "INFO", "replication");
  return info.match(/^slave\d+:.*state=online/gm)?.length ?? 0;
}

/** Until somebody is answered again. */
async function answered({ run, crowd }: Scene): Promise<void> {
  const from = run.history.length;
  const hasAnswer = () => run.history.slice(from).some(({ kind }) => kind === "ok");
  await crowd.until(hasAnswer, "nobody was answered after it");
}
