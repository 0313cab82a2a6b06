import { freePort, startCluster, type TestCluster } from "../../packages/server/src/testing.ts";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../../proof/options.ts";

// npm run cluster: three nodes of one house on a real Redis Cluster, all of it on this
// machine and gone with Ctrl-C. Kill any of it meanwhile: it says which process is which.

const NODES = 3;
const MAIN = join(import.meta.dirname, "../../packages/app/src/main.ts");

const USAGE = `Usage: npm run cluster -- [options]

  --port N       where nginx is to be found (default 3000)
  --data FOLDER  where the bytes of files are; without it they go with the rest`;

const values = readOptions(USAGE, { texts: { data: null }, numbers: { port: 1 } });
const { port = 3_000 } = values;
if (port > 65_535 || !(await isFree(port))) {
  console.error(`Port ${port} is not free, or none. Name another with --port.`);
  process.exit(1);
}
if (!existsSync("/usr/bin/redis-server")) {
  console.error("There is no redis-server. Install it with apt-get install redis-server.");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "snug-cluster-"));
const data = values.data ?? join(folder, "data");
const children: Bun.Subprocess[] = [];
let cluster: TestCluster | null = null;
let ending: Promise<void> | null = null;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void (ending ??= end()).then(() => process.exit(0)));

async function end(): Promise<void> {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map(({ exited }) => exited));
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
}

try {
  // With two replicas each, a house that lost its primary has one left to wait for.
  cluster = await startCluster({ replicas: 2 });
  const nodes: Node[] = [];
  for (let count = 0; count < NODES; count++) nodes.push(await startNode(cluster.url));
  const door = await startDoor(nodes);
  const owner = await cluster.primary();
  console.log(`Snug, ${NODES} nodes of one house; their logs are in ${folder}:`);
  for (const { url, pid } of nodes) console.log(`  process ${pid}  ${url}`);
  console.log("Redis Cluster:");
  for (const node of cluster.nodes) {
    const role = node === owner ? "primary of the house" : roleOf(node.ask("ROLE"));
    console.log(`  process ${node.pid}  127.0.0.1:${node.port}  ${role}`);
  }
  // Each says how to become administrator, and one way is enough.
  console.log(`\n${nodes[0]?.more()}${door}`);
  console.log(
    "Talk there, kill any of these with kill -9 PROCESS, and look on. Ctrl-C ends all of it.",
  );
} catch (fault) {
  if (ending === null) console.error(fault instanceof Error ? fault.message : fault);
  await (ending ??= end());
  process.exit(1);
}

/** Whoever has it would be taken for nginx. */
function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer().once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}

function roleOf(said: string): string {
  return said.startsWith("master") ? "primary of other slots" : "replica";
}

interface Node {
  readonly url: string;
  readonly pid: number;
  /** What it said beside that it is ready. */
  more(): string;
}

async function startNode(redis: string): Promise<Node> {
  const port = await freePort();
  const asked = ["--durability", "replicated", "--proxy", "127.0.0.1", "--guests", "open"];
  const log = join(folder, `node-${port}.log`);
  const child = Bun.spawn(
    [process.execPath, MAIN, "--port", `${port}`, "--data", data, "--redis", redis, ...asked],
    { stdin: "ignore", stdout: "pipe", stderr: Bun.file(log) },
  );
  children.push(child);
  const { pid } = child;
  const ready = Promise.withResolvers<void>();
  let said = "";
  const read = async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (said.includes("Snug is ready")) ready.resolve();
    }
    ready.reject(new Error(`A node of Snug did not start: ${readFileSync(log, "utf8")}`));
    if (ending === null) console.log(`Process ${pid} of Snug is gone.`);
  };
  void read();
  await ready.promise;
  const more = () => said.replace(/^Snug is ready.*\n/m, "");
  return { url: `http://127.0.0.1:${port}`, pid, more };
}

/** nginx in front, as deploy/nginx.conf has it, without TLS; says where it is. */
async function startDoor(nodes: readonly Node[]): Promise<string> {
  const nginx = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
  if (nginx === null)
    return `Open ${nodes[0]?.url}, or another node. apt-get install nginx brings what leads to all of them.`;
  const file = join(folder, "nginx.conf");
  const servers = nodes.map(({ url }) => `server ${new URL(url).host} max_fails=0;`).join(" ");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(" ");
  writeFileSync(
    file,
    `daemon off; pid ${join(folder, "nginx.pid")}; error_log stderr crit; worker_processes 1;
events {}
http {
  access_log off; ${temporary}
  upstream snug { ${servers} }
  map $http_upgrade $connection_upgrade { default upgrade; "" close; }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 26m;
    location / {
      proxy_pass http://snug;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_request_buffering off;
      proxy_connect_timeout 2s;
    }
  }
}
`,
  );
  const door = Bun.spawn([nginx, "-p", folder, "-c", file], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  children.push(door);
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 5_000; Date.now() < end; await Bun.sleep(50)) {
    if (door.exitCode !== null) break;
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok === true) return `Open ${url}: nginx leads to all nodes.`;
  }
  const [said = ""] = (await new Response(door.stderr).text()).split("\n");
  throw new Error(`nginx did not start (${said}). Choose a free port with --port.`);
}
