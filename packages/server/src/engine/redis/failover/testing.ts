import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startRedis, type TestRedis } from "../testing.ts";

/** Several Redises of which one has the house; which one that is may change. */
export interface TestGroup {
  readonly url: string;
  readonly nodes: readonly TestRedis[];
  /** Who has the house by now, once somebody who answers says so. */
  primary(): Promise<TestRedis>;
  close(): Promise<void>;
}

export interface TestCluster extends TestGroup {
  /** Moves the slot of the house, a few keys at a time, to a primary of other slots. */
  moveHouse(pause?: () => Promise<void>): Promise<void>;
}

const SLOTS = 16_384;
const PRIMARIES = 3;
/** How soon somebody is taken to be dead. */
const DOWN_MS = 500;

/** A Redis Cluster of three primaries. It is whole from the start, but Redis lets nobody write to it for 2 s. */
export async function startCluster({
  replicas = 1,
  options = [] as string[],
} = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), "snug-cluster-"));
  const count = PRIMARIES * (1 + replicas);
  const members = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      id: index.toString(16).padStart(40, "0"),
      port: await freePort(),
      bus: await freePort(),
      of: index % PRIMARIES,
      isPrimary: index < PRIMARIES,
    })),
  );
  const slots = (of: number) => Math.floor((SLOTS / PRIMARIES) * of);
  const line = (one: (typeof members)[number], self: string) => {
    const { id, port, bus, of, isPrimary } = one;
    const flags = `${id === self ? "myself," : ""}${isPrimary ? "master -" : `slave ${members[of]?.id}`}`;
    const range = isPrimary ? ` ${slots(of)}-${slots(of + 1) - 1}` : "";
    return `${id} 127.0.0.1:${port}@${bus} ${flags} 0 0 ${of + 1} connected${range}\n`;
  };
  const nodes = await Promise.all(
    members.map(({ id, port, bus }, index) => {
      const file = join(folder, `nodes-${index}.conf`);
      const epochs = `vars currentEpoch ${PRIMARIES} lastVoteEpoch 0\n`;
      writeFileSync(file, members.map((one) => line(one, id)).join("") + epochs);
      const cluster = ["--cluster-enabled", "yes", "--cluster-config-file", file];
      const ports = ["--port", `${port}`, "--cluster-port", `${bus}`];
      const patience = ["--cluster-node-timeout", `${DOWN_MS}`];
      return startRedis(...cluster, ...ports, ...patience, ...options);
    }),
  );
  const owner = () => nodes.find((node) => node.isUp && node.ask("EXISTS", HOUSE) === "0");
  const group = {
    url: `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join()}`,
    nodes,
    primary: () => sooner(owner),
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
      rmSync(folder, { recursive: true });
    },
  };
  // Every replica has its copy, and may take the place of its primary.
  await sooner(
    () =>
      nodes.every((node) => /cluster_state:ok/.test(node.ask("CLUSTER", "INFO"))) &&
      nodes
        .slice(PRIMARIES)
        .every((node) => /link_status:up/.test(node.ask("INFO", "replication"))),
  );
  return {
    ...group,
    async moveHouse(pause = async () => {}) {
      const from = await group.primary();
      const slot = from.ask("CLUSTER", "KEYSLOT", HOUSE);
      const to = nodes.find((node) => node !== from && isPrimary(node));
      if (!to) throw new Error("nowhere to move the house");
      const [source, target] = [from, to].map((node) => node.ask("CLUSTER", "MYID"));
      to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source ?? "");
      from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target ?? "");
      for (let keys = ""; (keys = from.ask("CLUSTER", "GETKEYSINSLOT", slot, "5")) !== "";) {
        const place = ["127.0.0.1", `${to.port}`, "", "0", "5000", "KEYS"];
        const said = from.ask("MIGRATE", ...place, ...keys.split("\n"));
        if (said !== "OK") throw new Error(`not moved: ${said}`);
        await pause();
      }
      for (const node of [to, from]) node.ask("CLUSTER", "SETSLOT", slot, "NODE", target ?? "");
    },
  };
}

const NAME = "house";

/** A primary with its replicas, and three Sentinels that watch them. */
export async function startSentinels({ replicas = 2, options = [] as string[] } = {}): Promise<
  TestGroup & { readonly sentinels: readonly TestRedis[] }
> {
  const folder = mkdtempSync(join(tmpdir(), "snug-sentinel-"));
  const first = await startRedis(...options);
  const others = Array.from({ length: replicas }, () =>
    startRedis("--replicaof", "127.0.0.1", `${first.port}`, ...options),
  );
  const nodes = [first, ...(await Promise.all(others))];
  await sooner(() =>
    nodes.slice(1).every((node) => /link_status:up/.test(node.ask("INFO", "replication"))),
  );
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, (_, index) => {
      const file = join(folder, `${index}.conf`);
      const lines = [
        `monitor ${NAME} 127.0.0.1 ${first.port} 2`,
        `down-after-milliseconds ${NAME} ${DOWN_MS}`,
        `failover-timeout ${NAME} 3000`,
        `parallel-syncs ${NAME} ${replicas}`,
      ];
      writeFileSync(file, lines.map((one) => `sentinel ${one}\n`).join(""));
      return startRedis(file, "--sentinel");
    }),
  );
  // Each knows the others and the replicas: only then may they elect.
  await sooner(() =>
    sentinels.every((one) => {
      const said = one.ask("SENTINEL", "MASTER", NAME);
      return said.includes("num-other-sentinels\n2") && said.includes(`num-slaves\n${replicas}`);
    }),
  );
  const named = () => {
    const said = sentinels
      .filter(({ isUp }) => isUp)
      .map((one) => one.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME));
    const node = nodes.find(({ port }) => said.every((text) => text.endsWith(`\n${port}`)));
    return node && node.isUp && isPrimary(node) ? node : undefined;
  };
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/${NAME}`,
    nodes,
    sentinels,
    primary: () => sooner(named),
    async close() {
      await Promise.all([...nodes, ...sentinels].map((node) => node.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

/** Its slot is that of all keys of the house; no key has this name. */
const HOUSE = "{snug}";

const isPrimary = (node: TestRedis) =>
  node.isUp && node.ask("INFO", "replication").includes("role:master");

async function sooner<Thing>(look: () => Thing | undefined | false): Promise<Thing> {
  for (const end = Date.now() + 15_000; ; await Bun.sleep(20)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`it does not come to be so: ${String(look)}`);
  }
}
