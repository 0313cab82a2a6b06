// npm run bench:presence: what it costs that people come and go in a room where 1,000 others are.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../proof/options.ts";
import { out } from "./build.ts";
import { cpuOf, untilStill } from "./noise.ts";
import { killAll } from "./server.ts";
import { startSnug } from "./snug.ts";

const THERE = 1_000;
const GOERS = 1_000;
/** Seconds of one stay, and of the time away after it. */
const STAY = 5;
const WINDOW = 10;
const ROOM = "general";

interface Line {
  readonly socket: WebSocket;
  /** Bytes and frames that came of the room while it was there. */
  bytes: number;
  frames: number;
}

readOptions("Usage: npm run bench:presence", {});
Bun.spawnSync(["taskset", "-cp", "1", String(process.pid)]);
const folder = mkdtempSync(join(out, "data-"));
try {
  const { server, seeded } = await startSnug(folder, { guests: THERE + GOERS });
  const lines: Line[] = [];
  for (let from = 0; from < seeded.tokens.length; from += 50) {
    const some = seeded.tokens.slice(from, from + 50).map((token) => connect(server.port, token));
    lines.push(...(await Promise.all(some)));
  }
  const [there, goers] = [lines.slice(0, THERE), lines.slice(THERE)];

  // The compiler meets the code, and what all of them set off by coming is over.
  await comeAndGo(goers, 2);
  const alone = await measure(server.pid, there, () => comeAndGo(goers, WINDOW));
  for (const { socket } of there) send(socket, { type: "open-room", ref: 1, room: ROOM });
  await comeAndGo(goers, 2);
  await Bun.sleep(6_000);
  const quiet = await measure(server.pid, there, () => Bun.sleep(WINDOW * 1_000));
  const busy = await measure(server.pid, there, () => comeAndGo(goers, WINDOW));

  const stays = (GOERS * WINDOW) / (2 * STAY);
  const each = (cpu: number) => `${Math.round((cpu / stays) * 1_000)} µs`;
  console.log(`${stays} stays in ${WINDOW} s, of ${GOERS} people in turn; server CPU`);
  console.log(`nobody else there:   ${alone.cpu} ms, ${each(alone.cpu)} for a coming and a going`);
  console.log(`${THERE} there, quiet:  ${quiet.cpu} ms; each of them got ${got(quiet)}`);
  console.log(
    `${THERE} there, busy:   ${busy.cpu} ms, ${each(busy.cpu - quiet.cpu)} for a coming and a going`,
  );
  console.log(`                     each of the ${THERE} got ${got(busy)}`);
  for (const { socket } of lines) socket.close();
  await server.close();
} finally {
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function connect(port: number, token: string): Promise<Line> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`);
  const line: Line = { socket, bytes: 0, frames: 0 };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => send(socket, { type: "hello", token });
    socket.onerror = () => reject(new Error("a socket did not open"));
    socket.onmessage = () => resolve();
  });
  socket.onmessage = ({ data }) => {
    const text = String(data);
    if (!text.includes(`"room":"${ROOM}"`)) return;
    line.bytes += text.length;
    line.frames++;
  };
  return line;
}

/** Each stays for a while and is away for as long; their beginnings are spread evenly. */
async function comeAndGo(goers: readonly Line[], seconds: number): Promise<void> {
  const begun = performance.now();
  const isIn = goers.map(() => false);
  for (let now = 0; now < seconds; now = (performance.now() - begun) / 1_000) {
    for (const [index, { socket }] of goers.entries()) {
      const phase = (now + (index * 2 * STAY) / goers.length) % (2 * STAY);
      const shouldBeIn = phase < STAY;
      if (isIn[index] === shouldBeIn) continue;
      isIn[index] = shouldBeIn;
      send(socket, { type: shouldBeIn ? "open-room" : "close-room", ref: 1, room: ROOM });
    }
    await Bun.sleep(10);
  }
}

async function measure(pid: number, there: readonly Line[], run: () => Promise<void>) {
  await untilStill();
  for (const line of there) [line.bytes, line.frames] = [0, 0];
  const before = cpuOf(pid);
  await run();
  const spent = cpuOf(pid) - before;
  const mean = (of: (line: Line) => number) =>
    there.reduce((sum, line) => sum + of(line), 0) / there.length;
  return { cpu: spent, bytes: mean(({ bytes }) => bytes), frames: mean(({ frames }) => frames) };
}

function got({ bytes, frames }: { bytes: number; frames: number }): string {
  return `${frames.toFixed(1)} frames, ${Math.round(bytes)} bytes in ${WINDOW} s`;
}

function send(socket: WebSocket, command: object): void {
  socket.send(JSON.stringify(command));
}
