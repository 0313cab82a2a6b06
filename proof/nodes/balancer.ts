import { request } from "node:http";
import { join } from "node:path";
import { startRedis } from "../../packages/server/src/engine/redis/testing.ts";
import { Chance } from "../chance.ts";
import type { Fault } from "../processes/fault.ts";
import { Poster } from "../processes/poster.ts";
import { heals, judgeRun, watchers } from "../processes/scene.ts";
import { becomeGuest } from "../replay/call.ts";
import type { Crowd } from "../replay/crowd.ts";
import { parseLog } from "../replay/log.ts";
import { ROOM, Run } from "../replay/run.ts";
import { drawOutSample } from "../replay/sample.ts";
import type { Passage, Server, Way } from "../replay/server.ts";
import { Conversation } from "./conversation.ts";
import { House } from "./house.ts";
import { Nginx } from "./nginx.ts";
import { nodeFigures } from "./scene.ts";

/** Who speaks to a node from there is believed; the rest of this machine is anybody. */
const PROXY = "127.0.0.1";
const ANYBODY = "127.0.0.2";
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
    Nginx.look();
    const { folder, seed, long } = setting;
    const chance = new Chance(seed);
    const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    const { nodes } = new House(3, folder, chance, () => ({
      SNUG_REDIS: redis.url,
      SNUG_DURABILITY: "disk",
      SNUG_PROXY: PROXY,
      // Behind a proxy it would take whoever has an invite.
      SNUG_GUESTS: "open",
    }));
    const run = new Run(nodes, chance);
    const front = new Front(nodes);
    const [moments, calms]: [number[], number[]] = [[], []];
    let [slowest, uploaded] = [0, 0];
    const play = async (crowd: Crowd) => {
      await front.open(join(folder, "nginx"));
      await believed(run, front);
      const by = run.through(front);
      await watchers(crowd, WATCHERS, by);
      const talk = await converse(run, by, crowd, seed);
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
        await upload(by, front);
        uploaded++;
        for (const node of nodes) {
          await somebodyIsAt(node);
          const { exit, within } = await node.drainAndRestart();
          slowest = Math.max(slowest, within);
          if (exit !== 0) run.complain(`${node.name} ended with ${exit}`);
          if (within > LEAVES_WITHIN)
            run.complain(`${node.name} took ${within.toFixed(0)} ms to go`);
        }
        const victim = run.chance.one(nodes);
        await somebodyIsAt(victim);
        await victim.killAndRestart();
      }
      await allAreIn();
      calms.push(performance.now());
      await talk.stop();
    };
    try {
      const judged = await judgeRun(setting, run, play);
      const between = [...moments, ...calms].toSorted((one, other) => one - other);
      // Calm comes before the first, and after each.
      const healed = heals(judged.history, between).filter((_, index) => index % 2 === 1);
      return {
        ...nodeFigures(judged),
        done: moments.length,
        // Some had come in by that node, and had to come again.
        bit: healed.filter((time) => time > 0).length,
        heals: healed,
        differences: judged.differences,
        note: `three restarts and a kill -9 in each round; a node was gone ${slowest.toFixed(0)} ms after SIGTERM at most; ${uploaded} files of 20 MiB went up and came back whole; forwarded headers counted from the proxy alone`,
      };
    } finally {
      await Promise.all([front.close(), redis.close()]);
    }
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

/** The sample talk at a steady pace: over WebSockets, whether they are answered or not, and by HTTP, one at a time. */
async function converse(run: Run, by: Run, crowd: Crowd, seed: number) {
  const lines = parseLog(await drawOutSample(seed, LINES));
  const names = Array.from({ length: POSTERS }, (_, index) => `poster-${index}`);
  const posters = await Promise.all(names.map((name) => Poster.come(run, name, by)));
  const over = new AbortController();
  const posting = posters.map(async (poster, index) => {
    try {
      for (let said = 0; !over.signal.aborted && !run.ended.aborted; said++) {
        const line = lines[(said * POSTERS + index) % lines.length];
        await poster.post(`p-${said}`, line?.text ?? "");
        await Bun.sleep(20);
      }
    } catch (error) {
      run.fault(names[index] ?? "", error);
    }
  });
  const players = Array.from({ length: SOCKETS }, (_, index) => {
    const player = crowd.player(`socket-${index}`, by);
    return (clientId: string, text: string) => player.say(clientId, text);
  });
  const talk = new Conversation(run, lines, { players, programs: [] }, PER_SECOND);
  return {
    async stop() {
      talk.stop();
      over.abort();
      await Promise.all(posting);
    },
  };
}

/** Sockets and streams, as the node counts them. */
async function connectionsOf({ address }: Server): Promise<number> {
  const figures = await (await fetch(`http://${address}/metrics`, { keepalive: false })).text();
  const counts = [...figures.matchAll(/^snug_connections\S* (\d+)$/gm)];
  if (counts.length === 0) throw new Error("a node counts no connections");
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Up by one connection, down by three others, through TLS and the balancer. */
async function upload(run: Run, { nginx }: Front): Promise<void> {
  const guest = await becomeGuest(run, run.ended, "uploader");
  if (!guest) return run.complain("nobody came to upload");
  const headers = { Authorization: `Bearer ${guest.token}` };
  const tls = { ca: nginx.certificate };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(nginx.origin + path, { ...init, headers, tls, keepalive: false });
  const bytes = Buffer.alloc(BIG);
  for (let at = 0; at < BIG; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  const sent = await call(`/v1/rooms/${ROOM}/files?name=big`, { method: "POST", body: bytes });
  if (sent.status !== 201) return run.complain(`an upload was answered with ${sent.status}`);
  const { file } = (await sent.json()) as { file: { url: string } };
  const hash = (of: Uint8Array) => Bun.hash(of);
  for (let time = 0; time < 3; time++) {
    const answer = await call(file.url);
    if (hash(await answer.bytes()) !== hash(bytes))
      return run.complain("a file came back as another");
  }
}

/** Forwarded headers count where they should, and nowhere else. */
async function believed(run: Run, { nginx }: Front): Promise<void> {
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
      const to = {
        host: "127.0.0.1",
        port: portOf(run.server),
        path: "/v1/guests",
        method: "POST",
      };
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
  for (const [index, [what, is]] of Object.entries(found).entries())
    if (is !== should[index]) run.complain(`${what}: ${is} and not ${should[index]}`);
}

const portOf = ({ address }: Server) => Number(address.split(":")[1]);
