import { mkdirSync, symlinkSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import { Chance } from "../chance.ts";
import { check } from "../checker.ts";
import { type LogEvent, writeHistory } from "../history.ts";
import type { Fault, Setting } from "../processes/fault.ts";
import { Poster } from "../processes/poster.ts";
import { heals, watchers } from "../processes/scene.ts";
import { becomeGuest } from "../replay/call.ts";
import { Crowd } from "../replay/crowd.ts";
import { tell } from "../replay/judge.ts";
import { parseLog } from "../replay/log.ts";
import { ROOM, Run } from "../replay/run.ts";
import { drawOutSample } from "../replay/sample.ts";
import { type Passage, Server, SNUG, type Way } from "../replay/server.ts";
import { Nginx } from "./nginx.ts";

/** Who speaks to a node from there is believed; the rest of this machine is anybody. */
const PROXY = "127.0.0.1";
const ANYBODY = "127.0.0.2";
const PAGE = fileURLToPath(new URL("../../examples/one-file/index.html", import.meta.url));
const [SOCKETS, POSTERS, WATCHERS] = [5, 2, 2];
const EVERYBODY = SOCKETS + 3 * WATCHERS;
const PER_SECOND = 150;
const LINES = 2_000;
const LEAVES_WITHIN = 5_000;
const BIG = 20 * 1024 * 1024;

/** Three nodes behind the nginx of deploy/, and what a deploy and a death do to those who come by it. */
export const balancer: Fault = {
  name: "balancer",
  what: "behind nginx, over TLS, three nodes are restarted one after the other, then one is killed",
  async strike(setting) {
    const { folder, seed, long } = setting;
    const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    const node = (number: number) => nodeIn(folder, number, redis.url);
    const nodes = [node(1), node(2), node(3)] as const;
    const front = new Front(nodes);
    const run = new Run(nodes, new Chance(seed), front);
    const differences: string[] = [];
    const [moments, calms]: [number[], number[]] = [[], []];
    let [slowest, uploaded] = [0, 0];
    let log: LogEvent[] = [];
    try {
      for (const node of nodes) await node.start();
      await front.open(join(folder, "nginx"));
      differences.push(...(await believed(front, nodes[0])));
      const crowd = await Crowd.gather(run);
      await watchers(crowd, WATCHERS);
      const talk = await converse(run, crowd, seed);
      const allAreIn = () =>
        crowd.until(() => run.reading.size === EVERYBODY, "not everybody was back");
      const somebodyIsAt = async (node: Server) => {
        await Bun.sleep(run.chance.whole(200, 500));
        await allAreIn();
        calms.push(performance.now());
        for (let time = 0; time < 50 && (await connectionsOf(node)) === 0; time++) {
          // nginx chooses where they come to.
          const { visits } = crowd.watcher(`ws-${1 + (time % WATCHERS)}`);
          visits.cut();
          visits.back();
          await Bun.sleep(50);
          await allAreIn();
        }
        moments.push(performance.now());
      };
      for (let round = 0; round < (long ? 5 : 1) && !run.ended.aborted; round++) {
        differences.push(...(await upload(run, front)));
        uploaded++;
        for (const node of nodes) {
          await somebodyIsAt(node);
          const { exit, within } = await node.drainAndRestart();
          slowest = Math.max(slowest, within);
          if (exit !== 0) differences.push(`a node ended with ${exit}`);
        }
        const victim = run.chance.one(nodes);
        await somebodyIsAt(victim);
        await victim.killAndRestart();
      }
      await allAreIn();
      calms.push(performance.now());
      await talk.stop();
      run.calm();
      await crowd.settle();
      run.end();
      await crowd.over();
      log = await crowd.readLog();
    } catch (error) {
      run.complain(String(error));
    } finally {
      run.end();
      await front.close();
      await Promise.all(nodes.map((node) => node.stop()));
      await redis.close();
    }
    if (slowest > LEAVES_WITHIN) differences.push(`a node took ${slowest.toFixed(0)} ms to go`);
    const between = [...moments, ...calms].toSorted((one, other) => one - other);
    // Calm comes before the first, and after each.
    const healed = heals(run.history, between).filter((_, index) => index % 2 === 1);
    return {
      ...(await judged(run, log, setting, differences)),
      done: moments.length,
      // Some had come in by that node, and had to come again.
      bit: healed.filter((time) => time > 0).length,
      heals: healed,
      note: `three restarts and a kill -9 in each round; a node was gone ${slowest.toFixed(0)} ms after SIGTERM at most; ${uploaded} files of 20 MiB went up and came back whole; forwarded headers counted from the proxy alone`,
    };
  },
};

/** What leads to the nodes: nginx. It is away for somebody whenever a node is. */
class Front implements Way {
  readonly #nodes: readonly Server[];
  #nginx: Nginx | undefined;

  constructor(nodes: readonly Server[]) {
    this.#nodes = nodes;
  }

  async open(folder: string): Promise<void> {
    this.#nginx = await Nginx.start(folder, this.#nodes.map(portOf));
  }

  get nginx(): Nginx {
    if (!this.#nginx) throw new Error("nginx is not there yet");
    return this.#nginx;
  }

  enter(): Passage {
    const passages = this.#nodes.map((node) => node.enter());
    return {
      address: this.nginx.address,
      wasAway: () => passages.some(({ wasAway }) => wasAway()),
      wasWithoutStore: () => false,
    };
  }

  async close(): Promise<void> {
    await this.#nginx?.close();
  }
}

function nodeIn(folder: string, number: number, redis: string): Server {
  const [own, shared] = [join(folder, `node-${number}`), join(folder, "files")];
  for (const one of [own, shared]) mkdirSync(one, { recursive: true });
  symlinkSync(shared, join(own, "data"));
  // Behind a proxy it would take whoever has an invite.
  const flags = ["--page", PAGE, "--proxy", PROXY, "--guests", "open"];
  const env = { SNUG_REDIS: redis, SNUG_DURABILITY: "disk" };
  return new Server([...SNUG, ...flags], own, env, `node-${number}`);
}

/** The sample talk at a steady pace: over WebSockets, whether they are answered or not, and by HTTP, one at a time. */
async function converse(run: Run, crowd: Crowd, seed: number) {
  const lines = parseLog(await drawOutSample(seed, LINES));
  const text = (index: number) => lines[index % lines.length]?.text ?? "";
  const players = Array.from({ length: SOCKETS }, (_, index) => crowd.player(`socket-${index}`));
  const over = new AbortController();
  const posting = Array.from({ length: POSTERS }, async (_, index) => {
    const name = `poster-${index}`;
    try {
      const poster = await Poster.come(run, name);
      for (let said = 0; !over.signal.aborted && !run.ended.aborted; said++) {
        await poster.post(`p-${said}`, text(said * POSTERS + index));
        await Bun.sleep(20);
      }
    } catch (error) {
      run.fault(name, error);
    }
  });
  const beganAt = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - beganAt) / 1_000) * PER_SECOND;
    for (; said < due && !run.ended.aborted; said++)
      run.chance.one(players).say(`s-${said}`, text(said));
  }, 10);
  return {
    async stop() {
      clearInterval(timer);
      over.abort();
      await Promise.all(posting);
    },
  };
}

/** Sockets and streams, as the node counts them. */
async function connectionsOf({ address }: Server): Promise<number> {
  const figures = await (await fetch(`http://${address}/metrics`)).text();
  const counts = [...figures.matchAll(/^snug_connections\S* (\d+)$/gm)];
  if (counts.length === 0) throw new Error("a node counts no connections");
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Up by one connection, down by three others, through TLS and the balancer; what went wrong. */
async function upload(run: Run, { nginx }: Front): Promise<string[]> {
  const guest = await becomeGuest(run, run.ended, "uploader");
  if (!guest) return ["nobody came to upload"];
  const headers = { Authorization: `Bearer ${guest.token}` };
  const tls = { ca: nginx.certificate };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(nginx.origin + path, { ...init, headers, tls, keepalive: false });
  const bytes = Buffer.alloc(BIG);
  for (let at = 0; at < BIG; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  const sent = await call(`/v1/rooms/${ROOM}/files?name=big`, { method: "POST", body: bytes });
  if (sent.status !== 201) return [`an upload was answered with ${sent.status}`];
  const { file } = (await sent.json()) as { file: { url: string } };
  const hash = (of: Uint8Array) => Bun.hash(of);
  for (let time = 0; time < 3; time++) {
    const answer = await call(file.url);
    if (hash(await answer.bytes()) !== hash(bytes)) return ["a file came back as another"];
  }
  return [];
}

/** Whether forwarded headers count where they should, and nowhere else; what went wrong. */
async function believed({ nginx }: Front, node: Server): Promise<string[]> {
  const tls = { ca: nginx.certificate };
  const evil = "https://evil.example";
  const forged = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example" };
  const become = { method: "POST", body: JSON.stringify({ name: "somebody" }) };
  const json = { "Content-Type": "application/json" };
  const byNginx = (headers: Record<string, string>) =>
    fetch(`${nginx.origin}/v1/guests`, {
      ...become,
      headers: { ...json, ...headers },
      tls,
    });
  const from = (localAddress: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...json, ...forged, Origin: evil };
      const to = { host: "127.0.0.1", port: portOf(node), path: "/v1/guests", method: "POST" };
      request({ ...to, localAddress, headers }, (answer) => resolve(answer.resume().statusCode))
        .on("error", reject)
        .end(become.body);
    });
  const own = await byNginx({ Origin: nginx.origin });
  const others = await byNginx({ ...forged, Origin: evil });
  const found = {
    "the page's own origin": own.status,
    "a cookie that is for TLS": /; Secure/.test(own.headers.get("set-cookie") ?? ""),
    "headers that a client forged, by nginx": others.status,
    "figures, by nginx": (await fetch(`${nginx.origin}/metrics`, { tls })).status,
    "the same to a node, from anybody": await from(ANYBODY),
    "the same to a node, from where nginx is": await from(PROXY),
  };
  const should = [201, true, 403, 404, 403, 201];
  return Object.entries(found).flatMap(([what, is], index) =>
    is === should[index] ? [] : `${what}: ${is} and not ${should[index]}`,
  );
}

async function judged(run: Run, log: LogEvent[], setting: Setting, others: readonly string[]) {
  const { history, complaints } = run;
  const verdict = check(ROOM, history, log);
  const sum = (of: "lost" | "repeated" | "reordered") =>
    verdict.readings.reduce((total, reading) => total + reading[of], verdict.sends[of]);
  const distinct = (kind: "invoke" | "ok") =>
    new Set(history.flatMap((one) => (one.kind === kind ? `${one.sender} ${one.clientId}` : [])))
      .size;
  const differences = [...tell(complaints, verdict), ...others];
  if (differences.length > 0)
    await writeHistory(join(setting.folder, "history.log"), history, new Map([[ROOM, log]]));
  return {
    sent: distinct("invoke"),
    acknowledged: distinct("ok"),
    lost: sum("lost"),
    repeated: sum("repeated"),
    reordered: sum("reordered"),
    differences,
  };
}

const portOf = ({ address }: Server) => Number(address.split(":")[1]);
