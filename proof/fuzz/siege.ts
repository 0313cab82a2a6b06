import { connect, type Socket } from "node:net";
import { Honest } from "./honest.ts";
import { judged, type Outcome, type Run } from "./part.ts";
import { asked, frame, PING, text } from "./rfc6455/frame.ts";
import { Target } from "./target.ts";

const MIB = 1024 * 1024;
const GROWTH = 50 * MIB;
/** Milliseconds in which whoever does not get on is cut off. */
const CUT_WITHIN = 15_000;
/** Milliseconds between two bytes of those that trickle. */
const TRICKLE = 1_000;
/** Milliseconds in which the honest are measured before anything happens. */
const ALONE = 3_000;
/** Below this, twice as slow is the noise of the machine and no harm to anybody. */
const UNNOTICED = 100;

const UPGRADE =
  "GET /v1/socket HTTP/1.1\r\nHost: snug.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

interface Slow {
  readonly name: string;
  readonly first: string | Buffer;
  /** Sent each second, on and on. */
  readonly drip?: string | Buffer;
}

function slowOnes(token: string): readonly Slow[] {
  const post = `POST /v1/rooms/general/messages HTTP/1.1\r\nHost: snug.test\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const half = Buffer.from(text(asked("a")).subarray(0, 8));
  return [
    { name: "says nothing", first: "" },
    { name: "half a head", first: "GET /v1/me HTTP/1.1\r\nHost: snug.test\r\n" },
    { name: "a head, byte by byte", first: "GET /v1/me HTTP/1.1\r\nX: ", drip: "x" },
    { name: "header by header", first: "GET /v1/me HTTP/1.1\r\n", drip: "X-Slow: 1\r\n" },
    { name: "no body", first: `${post}Content-Length: 500\r\n\r\n` },
    { name: "a body, byte by byte", first: `${post}Content-Length: 500\r\n\r\n{`, drip: " " },
    {
      name: "a body, chunk by chunk",
      first: `${post}Transfer-Encoding: chunked\r\n\r\n`,
      drip: "1\r\n \r\n",
    },
    { name: "a handshake, byte by byte", first: UPGRADE.slice(0, 60), drip: "x" },
    { name: "silent after the upgrade", first: UPGRADE },
    {
      name: "a frame, byte by byte",
      first: Buffer.concat([Buffer.from(UPGRADE), half]),
      drip: "x",
    },
    { name: "pings and no hello", first: UPGRADE, drip: frame(PING, "p") },
  ];
}

/** Those who never get on, and those who never stop, while honest people talk. */
export async function siege({ long, seed }: Run): Promise<Outcome> {
  const target = await Target.start("--rate-limits", "off");
  try {
    const troubles: string[] = [];
    const token = await target.guest("Besieger");
    // What is filled once, is filled now.
    await flood(target, token, 200);
    const before = { memory: target.memory(), descriptors: target.descriptors() };
    const honest = await Honest.start(target);
    await Bun.sleep(ALONE);
    const alone = honest.takeP99();

    const many = long ? 2_000 : 500;
    const slow = await besiege(target, token, many);
    const under = honest.takeP99();
    troubles.push(...slow.troubles);
    // Where other tests run beside this one, the clock tells of them.
    if (long && under > Math.max(2 * alone, UNNOTICED))
      troubles.push(`the honest waited ${Math.round(under)} ms instead of ${Math.round(alone)}`);

    const opened = long ? 10_000 : 1_000;
    await flood(target, token, opened);
    const service = await honest.stop();
    const { sent, acknowledged, lost, repeated, reordered } = service;
    troubles.push(...service.troubles);
    if (acknowledged !== sent || lost + repeated + reordered > 0)
      troubles.push("the honest were not served as they should be");
    const held = await target.descriptorsBeyond(before.descriptors);
    if (held !== null) troubles.push(held);
    const growth = await target.growthSince(before.memory, GROWTH);
    if (growth > GROWTH) troubles.push(`memory grew by ${Math.round(growth / MIB)} MiB`);
    const { code, errors } = await target.stop();
    if (code !== 0 || errors !== "")
      troubles.push(`it ended with ${code} and said: ${errors.slice(0, 500)}`);
    return judged(
      {
        fault: "clients that never finish a head, handshake, body or frame; then floods of them",
        done: many + opened,
        bit: slow.cut + opened,
        sent,
        acknowledged,
        lost,
        repeated,
        reordered,
        note: `seed ${seed}; the slow were cut after ${(slow.longest / 1_000).toFixed(1)} s at most; p99 of the honest ${Math.round(alone)} ms alone and ${Math.round(under)} ms beside them; memory ${Math.round(growth / MIB)} MiB more`,
      },
      troubles,
    );
  } finally {
    await target.stop();
  }
}

/** So many that get nowhere; when the last of them was cut off. */
async function besiege(target: Target, token: string, many: number) {
  const kinds = slowOnes(token);
  const troubles = new Set<string>();
  let [cut, longest] = [0, 0];
  const besieger = async (kind: Slow) => {
    const { socket, over } = await open(target);
    const start = performance.now();
    if (kind.first !== "") socket.write(kind.first);
    const trickle = setInterval(() => kind.drip !== undefined && socket.write(kind.drip), TRICKLE);
    const late = setTimeout(() => {
      troubles.add(`still open after ${CUT_WITHIN / 1_000} s: ${kind.name}`);
      socket.destroy();
    }, CUT_WITHIN);
    await over;
    clearInterval(trickle);
    clearTimeout(late);
    const lasted = performance.now() - start;
    longest = Math.max(longest, lasted);
    if (lasted < CUT_WITHIN) cut++;
  };
  const all = Array.from({ length: many }, (_, index) => kinds[index % kinds.length]);
  await Promise.all(all.filter((kind) => kind !== undefined).map(besieger));
  return { troubles: [...troubles], cut, longest };
}

/** So many sockets that are opened, ask for more than they read, and vanish. */
export async function flood(target: Target, token: string, many: number): Promise<void> {
  const commands = Array.from({ length: 50 }, (_, ref) =>
    text(JSON.stringify({ type: "open-room", ref, room: "general" })),
  );
  const all = Buffer.concat([
    Buffer.from(UPGRADE),
    text(JSON.stringify({ type: "hello", token })),
    ...commands,
  ]);
  let left = many;
  const work = async () => {
    while (left-- > 0) {
      const { socket, over } = await open(target);
      socket.once("data", () => socket.destroy());
      socket.write(all);
      await over;
    }
  };
  await Promise.all(Array.from({ length: 20 }, work));
}

async function open(target: Target): Promise<{ socket: Socket; over: Promise<void> }> {
  const socket = connect(target.port, "127.0.0.1").setNoDelay(true);
  const over = Promise.withResolvers<void>();
  const isOpen = Promise.withResolvers<void>();
  socket.on("connect", () => isOpen.resolve());
  // A reset is an end as good as any.
  socket.on("error", () => {});
  socket.on("close", () => {
    isOpen.resolve();
    over.resolve();
  });
  // Without a reader it would never see its end.
  socket.on("data", () => {});
  await isOpen.promise;
  return { socket, over: over.promise };
}
