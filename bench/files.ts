// npm run bench:files: what uploads cost the people in a busy room, and the server's memory.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openSocket } from "../packages/server/src/testing.ts";
import { readOptions } from "../proof/options.ts";
import { out } from "./build.ts";
import { upload } from "./uploads.ts";

/** Messages a second in the room, for so many seconds, with and without uploads beside them. */
const RATE = 50;
const SECONDS = 20;
const READERS = 20;
const UPLOADS = 10;
const MEBIBYTE = 1024 * 1024;
const LARGE = 200;

readOptions("Usage: npm run bench:files", {});
const folder = mkdtempSync(join(out, "data-"));
const flags = "--port 0 --file-size 250 --file-quota 9999 --rate-limits off --data".split(" ");
const server = Bun.spawn([process.execPath, "packages/app/src/main.ts", ...flags, folder], {
  cwd: join(import.meta.dirname, ".."),
  stdout: "pipe",
  stderr: "inherit",
});
try {
  const url = await addressOf(server.stdout);
  const people = await Promise.all(Array.from({ length: READERS }, () => enter(url)));
  const sockets = await Promise.all(people.map((token) => follow(url, token)));
  const [writer] = sockets;
  if (!writer) throw new Error("nobody is there");
  await talk(writer, 1);
  const alone = await talk(writer, SECONDS);
  const uploaders = await Promise.all(Array.from({ length: UPLOADS }, () => enter(url)));
  // In a process of their own, which gives way as other people's machines do.
  const uploads = Bun.spawn(
    ["nice", "-n", "19", process.execPath, join(import.meta.dirname, "uploads.ts"), url].concat(
      uploaders,
    ),
    { stdout: "ignore", stderr: "inherit" },
  );
  await Bun.sleep(1_000);
  const beside = await talk(writer, SECONDS);
  if (uploads.exitCode !== null) throw new Error("the uploads ended before the messages did");
  uploads.kill();
  await uploads.exited;
  console.log(`${RATE} messages a second, ${READERS} readers: ms from a send to one's own event`);
  for (const [what, times] of [
    ["alone", alone],
    [`beside ${UPLOADS} uploads`, beside],
  ] as const)
    console.log(what.padEnd(20), `p50 ${at(times, 0.5)}`, `p99 ${at(times, 0.99)}`);

  await Bun.sleep(1_000);
  const before = memory(server.pid);
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, memory(server.pid))), 20);
  const part = new Uint8Array(MEBIBYTE);
  await upload(url, await enter(url), new Blob(Array.from({ length: LARGE }, () => part)));
  clearInterval(watch);
  console.log(
    `an upload of ${LARGE} MiB adds ${(peak - before).toFixed()} MiB to ${before.toFixed()}`,
  );
  for (const socket of sockets) socket.close();
} finally {
  server.kill();
  await server.exited;
  rmSync(folder, { recursive: true, force: true });
}

async function addressOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stdout) {
    text += new TextDecoder().decode(chunk);
    const [url] = /http:\/\/[\d.:]+/.exec(text) ?? [];
    if (url) return url;
  }
  throw new Error("the server did not start");
}

async function enter(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/guests`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Somebody" }),
  });
  return ((await response.json()) as { token: string }).token;
}

async function follow(url: string, token: string) {
  const socket = await openSocket(url);
  socket.send({ type: "hello", token });
  await socket.next("welcome");
  await socket.ask({ type: "open-room", room: "general" });
  return socket;
}

/** Posts at a steady rate; how long each message took until its own sender saw it. */
async function talk(
  socket: Awaited<ReturnType<typeof follow>>,
  seconds: number,
): Promise<number[]> {
  const sent = new Map<string, number>();
  const times: number[] = [];
  const hear = ({ data }: MessageEvent) => {
    const now = performance.now();
    const { events = [] } = JSON.parse(String(data)) as { events?: { clientId?: string }[] };
    for (const { clientId = "" } of events) {
      const at = sent.get(clientId);
      if (at !== undefined) times.push(now - at);
    }
  };
  socket.raw.addEventListener("message", hear);
  for (let index = 0; index < RATE * seconds; index++) {
    const clientId = crypto.randomUUID();
    sent.set(clientId, performance.now());
    const ref = index;
    socket.send({ type: "post-message", ref, room: "general", clientId, text: "hello" });
    await Bun.sleep(1_000 / RATE);
  }
  while (times.length < sent.size) await Bun.sleep(10);
  socket.raw.removeEventListener("message", hear);
  return times.toSorted((one, other) => one - other);
}

function at(times: readonly number[], part: number): string {
  return (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
}

/** Resident MiB. */
function memory(pid: number): number {
  const [, kibibytes = 0] =
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) / 1024;
}
