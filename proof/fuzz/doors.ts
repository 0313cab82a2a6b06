import { connect } from "node:net";
import { Chance } from "../chance.ts";
import { mutated, noise, oddCommand, type Thrower } from "./grammar.ts";
import { Honest } from "./honest.ts";
import { oddRequest } from "./http-request.ts";
import { judged, type Outcome, type Run } from "./part.ts";
import { BINARY, CLOSE, CONTINUATION, frame, PING, PONG, TEXT } from "./rfc6455/frame.ts";
import { RawSocket } from "./rfc6455/raw-socket.ts";
import { Target } from "./target.ts";

const MIB = 1024 * 1024;
const GROWTH = 50 * MIB;
const AT_ONCE = 32;
/** Pieces that one socket sends before it leaves. */
const PIECES = 12;
/** Milliseconds that a client waits for the answer to what is no whole request. */
const GIVES_UP = 50;
/** Milliseconds within which whatever is whole is answered. */
const ANSWERS_WITHIN = 10_000;
/** The documented ends of a socket, and those that a client itself may ask for. */
const CLOSES = new Set([1002, 1007, 1009, 4400, 4401]);

/** Throws bytes at the doors of a real server while honest people talk. */
export async function doors({ long, seed }: Run): Promise<Outcome> {
  const inputs = long ? 250_000 : 4_000;
  const target = await Target.start("--rate-limits", "off");
  try {
    const troubles: string[] = [];
    // What is filled once, is filled now, for as many at once as will come.
    await attack(target, new Chance(seed ^ 1), Math.max(1_000, inputs / 10), troubles);
    const before = { memory: target.memory(), descriptors: target.descriptors() };
    const honest = await Honest.start(target);
    const bit = await attack(target, new Chance(seed), inputs, troubles);
    const service = await honest.stop();
    troubles.push(...service.troubles);
    const { sent, acknowledged, lost, repeated, reordered } = service;
    if (acknowledged !== sent || lost + repeated + reordered > 0)
      troubles.push("the honest were not served as they should be");
    const held = await target.descriptorsBeyond(before.descriptors);
    if (held !== null) troubles.push(held);
    const isSilent =
      (await statusOf(target, "BREW /v1/limits HTTP/1.1\r\nHost: snug.test\r\n\r\n")) === null;
    if (!isSilent) troubles.push("an unknown method has an answer now: mend the table");
    const growth = await target.growthSince(before.memory, GROWTH);
    if (growth > GROWTH) troubles.push(`memory grew by ${Math.round(growth / MIB)} MiB`);
    if (!target.isAlive) troubles.push("the process died");
    const { code, errors } = await target.stop();
    if (code !== 0 || errors !== "")
      troubles.push(`it ended with ${code} and said: ${errors.slice(0, 2_000)}`);
    const { findings } = judged(
      {
        fault: "random and almost right bytes at the WebSocket, SSE and HTTP doors",
        done: inputs,
        bit,
        sent,
        acknowledged,
        lost,
        repeated,
        reordered,
        note: `seed ${seed}, memory ${Math.round(growth / MIB)} MiB more`,
      },
      troubles,
    );
    const deviation = {
      part: "fuzz",
      fault: "an HTTP method that nobody knows (RFC 9110 has it answered with 501 or 405)",
      done: 1,
      bit: 1,
      result: "broken",
      note: "Bun ends the connection without an answer; nobody else notices",
    } as const;
    return { findings: isSilent ? [...findings, deviation] : findings, troubles };
  } finally {
    await target.stop();
  }
}

/** So many inputs, half of them on sockets; how many were refused. */
async function attack(
  target: Target,
  chance: Chance,
  inputs: number,
  troubles: string[],
): Promise<number> {
  let left = inputs;
  let refused = 0;
  const work = async (own: Chance) => {
    let by = await newcomer(target);
    while (left > 0) {
      // Some of what is sent ends the sender's own session.
      if (own.whole(0, 20) === 0) by = await newcomer(target);
      const isSocket = own.whole(0, PIECES) === 0;
      left -= isSocket ? PIECES : 1;
      const result = await (isSocket ? onSocket : onHttp)(target, own, by);
      refused += result.refused;
      if (result.trouble !== null) troubles.push(result.trouble);
    }
  };
  const chances = Array.from({ length: AT_ONCE }, () => new Chance(chance.whole(0, 2 ** 32 - 1)));
  await Promise.all(chances.map(work));
  return refused;
}

/** Who is new, and has said something. */
async function newcomer(target: Target): Promise<Thrower> {
  const token = await target.guest("Fuzz");
  const answer = await target.fetch("/v1/rooms/general/messages", {
    method: "POST",
    keepalive: false,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ clientId: "first", text: "fuzz" }),
  });
  const { message } = (await answer.json()) as { message: { seq: number } };
  return { token, seq: message.seq };
}

interface Result {
  readonly refused: number;
  readonly trouble: string | null;
}

async function onSocket(target: Target, chance: Chance, by: Thrower): Promise<Result> {
  const socket = await RawSocket.open(target.port);
  const pieces = Array.from({ length: PIECES }, () => oddPiece(chance, by));
  if (chance.whole(0, 1) === 0)
    pieces.unshift(frame(TEXT, JSON.stringify({ type: "hello", token: by.token })));
  await socket.send(pieces);
  // Whatever it was said, it may say what it thinks of it; then this end goes.
  setTimeout(() => socket.destroy(), GIVES_UP);
  await socket.over;
  const shown = () => JSON.stringify(pieces.map((piece) => piece.toString("latin1"))).slice(0, 600);
  for (const line of socket.transcript) {
    const code = Number(/^close (\d+)$/.exec(line)?.[1] ?? 1002);
    const isOwn = pieces.some((piece) => ((piece[0] ?? 0) & 15) === CLOSE);
    if (line.startsWith("broken") || (!CLOSES.has(code) && !isOwn))
      return { refused: 0, trouble: `a socket saw "${line}" for ${shown()}` };
  }
  // What comes after a refusal is refused with it.
  const answered = socket.transcript.filter((line) => line.startsWith("reply")).length;
  return { refused: Math.max(0, pieces.length - answered), trouble: null };
}

function oddPiece(chance: Chance, by: Thrower): Buffer {
  const command = Buffer.from(oddCommand(chance, by));
  switch (chance.whole(0, 39)) {
    case 0:
      return noise(chance, 200);
    case 1:
      return frame(TEXT, mutated(chance, command));
    case 2:
      return mutated(chance, frame(TEXT, command));
    case 3:
      return frame(
        chance.one([CONTINUATION, TEXT, BINARY, 3, 7, CLOSE, PING, PONG, 11]),
        command.subarray(0, 125),
        {
          fin: chance.whole(0, 3) > 0,
          reserved: chance.whole(0, 9) === 0 ? chance.whole(1, 7) : 0,
        },
      );
    case 4:
      return frame(TEXT, command, { announces: BigInt(chance.whole(0, 2 ** 40)) });
    default:
      return frame(TEXT, command);
  }
}

/** What a request is answered with; `null`: the connection ends without a word. */
function statusOf(target: Target, request: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(target.port, "127.0.0.1");
    socket.on("data", (chunk) => resolve(chunk.toString("latin1").split("\r\n")[0] ?? ""));
    socket.on("error", () => {});
    socket.on("close", () => resolve(null));
    socket.write(request);
  });
}

function onHttp(target: Target, chance: Chance, by: Thrower): Promise<Result> {
  const { bytes, isWhole } = oddRequest(chance, by);
  const shown = () => JSON.stringify(bytes.toString("latin1")).slice(0, 600);
  return new Promise((resolve) => {
    const socket = connect(target.port, "127.0.0.1").setNoDelay(true);
    let head = "";
    const late = setTimeout(() => socket.destroy(), isWhole ? ANSWERS_WITHIN : GIVES_UP);
    socket.on("data", (chunk) => {
      head += chunk.toString("latin1");
      // Its status is all that is asked; a stream would never end.
      if (head.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(late);
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? Number.NaN);
      const isFault = status >= 500 && status !== 505;
      const isLost = isWhole && Number.isNaN(status);
      const trouble = isFault ? `${status} for ${shown()}` : `no answer to ${shown()}`;
      resolve({ refused: status < 400 ? 0 : 1, trouble: isFault || isLost ? trouble : null });
    });
    socket.write(bytes);
  });
}
