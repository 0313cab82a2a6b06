import {
  startCable,
  startRedis,
  type TestRedis,
} from "../../packages/server/src/engine/redis/testing.ts";
import type { Fault, Outcome, Setting } from "../processes/fault.ts";
import { ask } from "./ask.ts";
import { judgeNodes, nodeFigures, type Scene } from "./scene.ts";

/** For so long the replica gets nothing of what is said. */
const BEHIND = 1_500;
/** As long as the SDK may wait before it tries again. */
const TOLD_WITHIN = 5_400;

interface Loss {
  /** What is lost, and how. */
  readonly what: string;
  /** Where the nodes are led; and what is done to it. */
  readonly url: string;
  readonly lose: (scene: Scene) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A replica that had not all is made the primary: the end of the log is gone. */
export const promoted: Fault = {
  name: "promoted",
  what: "a replica that is behind takes the place of its primary",
  async strike(setting) {
    const primary = await startRedis();
    const replica = await startRedis("--replicaof", "127.0.0.1", `${primary.port}`);
    const cable = await startCable(primary.port);
    return losing(setting, {
      what: "the end of the log",
      url: cable.url,
      async lose({ run }) {
        await ask(replica.port, "REPLICAOF", "NO", "ONE");
        await Bun.sleep(BEHIND);
        run.breaks("a replica takes over that is behind", "history");
        cable.leadTo(replica.port);
        cable.cut();
        cable.mend();
      },
      async close() {
        cable.close();
        for (const redis of [primary, replica]) await redis.close();
      },
    });
  },
};

/** All of it goes, and who is signed in with it. */
const allGone = (
  name: string,
  what: string,
  act: (redis: TestRedis) => Promise<unknown>,
): Fault => ({
  name,
  what,
  async strike(setting) {
    const redis = await startRedis();
    return losing(setting, {
      what: "the whole house",
      url: redis.url,
      async lose({ run, programs }) {
        run.loses(what);
        await act(redis);
        const out = new Set(programs.entries());
        for (const end = performance.now() + 10_000; out.size > 0; await Bun.sleep(50)) {
          if (performance.now() > end) throw new Error("the SDK did not come anew");
          for (const one of out) {
            const [index, program] = one;
            if (!(await program.comesAnew(`sdk-${index + 1}`))) continue;
            run.signIn(`sdk-${index + 1}`, program.id);
            out.delete(one);
          }
        }
      },
      close: () => redis.close(),
    });
  },
});

export const flushed = allGone("flushed", "`FLUSHALL` under load", ({ port }) =>
  ask(port, "FLUSHALL"),
);

export const forgotten = allGone(
  "forgotten",
  "kill -9 of a Redis with `memory` under load, started again",
  (redis) => redis.dieAndRise(),
);

/** Nothing of it may be lost without a word. */
async function losing(setting: Setting, { what, url, lose, close }: Loss): Promise<Outcome> {
  const settings = () => ({ SNUG_REDIS: url, SNUG_DURABILITY: "memory" });
  const order = { nodes: 2, settings, perSecond: 80, close };
  let told = 0;
  let clients = 0;
  const judged = await judgeNodes(setting, order, async (scene) => {
    const { run, house, crowd, everybody, programs } = scene;
    clients = everybody + programs.length;
    await Bun.sleep(1_000);
    const from = run.history.length;
    await house.withoutStore(() => lose(scene));
    const at = run.history.findLast(({ kind }) => kind === "fault")?.t ?? 0;
    const hasHeard = () => {
      const those = run.history
        .slice(from)
        .flatMap((entry) =>
          entry.kind === "anew" || (entry.kind === "gap" && entry.reason !== "too_far")
            ? entry.client
            : [],
        );
      return new Set(those).size >= clients;
    };
    await crowd.until(hasHeard, "somebody was never told");
    told = performance.now() - at;
    await Bun.sleep(1_000);
  });
  const differences = [...judged.differences];
  if (told > TOLD_WITHIN) differences.push("somebody was not told within 5 s");
  return {
    ...nodeFigures(judged),
    done: 1,
    bit: judged.letGo > 0 ? 1 : 0,
    heals: [told],
    differences,
    note: `${what} was lost, ${judged.letGo} acknowledged messages for good, and all ${clients} clients were told so`,
  };
}
