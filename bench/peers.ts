import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "../packages/server/src/engine/redis/testing.ts";
import { out, type Programs } from "./build.ts";
import type { Wire } from "./load.ts";
import { startServer, type Server } from "./server.ts";

/** A server that stands beside Snug. */
export interface Peer {
  name: string;
  wire: Wire;
  /** Its compiler has to meet the code first. */
  warms: boolean;
  /** @param frameBytes the length of a frame with one message, as Snug sends it */
  start(frameBytes: number): Promise<Server>;
}

export const cEach = ({ reference }: Programs): Peer => ({
  name: "c-each",
  wire: "ws",
  warms: false,
  start: (bytes) => startServer("c-each", [reference, String(bytes)]),
});

export const cLoop = ({ reference }: Programs): Peer => ({
  name: "c-loop",
  wire: "ws",
  warms: false,
  start: (bytes) => startServer("c-loop", [reference, String(bytes), "loop"]),
});

const peersFolder = join(import.meta.dir, "peers");
const NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/** The peers that are here, and in one line each what is not. */
export function findPeers(): { peers: Peer[]; missing: string[] } {
  const peers: Peer[] = [scripted("Bun.serve", "ws", process.execPath, "bun.mjs")];
  const missing: string[] = [];
  const node = Bun.which("node");
  if (node && install())
    peers.push(
      scripted("ws", "ws", node, "ws.mjs"),
      scripted("Socket.IO", "io", node, "socket-io.mjs"),
    );
  else missing.push("ws and Socket.IO are left out: they need Node and the registry of npm");
  const nginx = program("nginx");
  if (nginx && existsSync(NCHAN))
    peers.push(ported("nchan", "nchan", (port) => nchan(nginx, port)));
  else missing.push("nchan is left out: apt install libnginx-mod-nchan");
  const mosquitto = program("mosquitto");
  if (mosquitto) peers.push(ported("Mosquitto", "mqtt", (port) => mqtt(mosquitto, port)));
  else missing.push("Mosquitto is left out: apt install mosquitto");
  const nats = program("nats-server");
  if (nats)
    peers.push(ported("NATS", "nats", (port) => [nats, "-a", "127.0.0.1", "-p", String(port)]));
  else missing.push("NATS is left out: apt install nats-server");
  return { peers, missing };
}

// Debian keeps servers where only root's PATH looks.
function program(name: string): string | null {
  return Bun.which(name, { PATH: `${process.env["PATH"]}:/usr/sbin` });
}

function install(): boolean {
  const { exitCode } = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], {
    cwd: peersFolder,
  });
  return exitCode === 0;
}

function scripted(name: string, wire: Wire, runtime: string, file: string): Peer {
  const start = (bytes: number) =>
    startServer(name, [runtime, join(peersFolder, file), String(bytes)]);
  return { name, wire, warms: true, start };
}

function ported(name: string, wire: Wire, command: (port: number) => string[]): Peer {
  const start = async () => {
    const port = await freePort();
    return startServer(name, command(port), () => answers(port));
  };
  return { name, wire, warms: false, start };
}

function nchan(nginx: string, port: number): string[] {
  const folder = mkdtempSync(join(out, "nchan-"));
  const path = join(folder, "nginx.conf");
  writeFileSync(
    path,
    `load_module ${NCHAN};
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid ${folder}/pid;
error_log ${folder}/error;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location ~ /rooms/(.+)$ {
      nchan_pubsub websocket;
      nchan_channel_id $1;
      nchan_store_messages off;
    }
  }
}
`,
  );
  return [nginx, "-c", path];
}

function mqtt(mosquitto: string, port: number): string[] {
  const path = join(mkdtempSync(join(out, "mosquitto-")), "mosquitto.conf");
  writeFileSync(
    path,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nlog_type none\nmax_connections -1\n`,
  );
  return [mosquitto, "-c", path];
}

/** The port, once somebody listens there. */
export async function answers(port: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () =>
      resolve(false),
    );
    const there = await promise;
    socket.destroy();
    if (there) return port;
    await Bun.sleep(50);
  }
  throw new Error(`nobody listens on ${port}`);
}
