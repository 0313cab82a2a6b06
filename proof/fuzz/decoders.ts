import {
  check,
  checkCommand,
  codes,
  formatCursor,
  Hello,
  parseCursor,
  parseSearch,
  Ref,
  type Result,
} from "../../packages/protocol/src/index.ts";
import { SseParser } from "../../packages/client/src/transport/sse-parser.ts";
import { openWebSocket } from "../../packages/client/src/transport/websocket.ts";
import { systemClock } from "../../packages/server/src/clock.ts";
import type { StoredEvent } from "../../packages/server/src/core/ports.ts";
import { sseEvents } from "../../packages/server/src/gateway/sse-text.ts";
import { routes } from "../../packages/server/src/http/app.ts";
import { readJson } from "../../packages/server/src/http/body.ts";
import { Chance } from "../chance.ts";
import {
  mutated,
  oddCommand,
  oddCursor,
  oddObject,
  oddSearch,
  oddText,
  oddValue,
  rightFields,
} from "./grammar.ts";
import { judged, type Outcome, type Run } from "./part.ts";

/** Milliseconds that no input may take, on a machine that does nothing else. */
const LONGEST = 100;

const bodies = [...routes.flatMap((route) => route.body ?? []), Hello];
const queries = routes.flatMap((route) => route.query ?? []);

/** One of the programs that read what others send. Returns what is wrong with what it made of it. */
type Decoder = (chance: Chance) => string | null | Promise<string | null>;

/** Each input through the decoders, in this process: nothing throws, nothing is polluted, nothing takes long. */
export async function decoders({ long, seed }: Run): Promise<Outcome> {
  const inputs = long ? 1_000_000 : 50_000;
  const troubles: string[] = [];
  const client = new ClientReader();
  const onRejection = (fault: unknown) => troubles.push(`a promise was rejected: ${String(fault)}`);
  process.on("unhandledRejection", onRejection);
  const all: readonly Decoder[] = [command, body, query, cursor, search, sse, stream, client.read];
  const keys = Object.getOwnPropertyNames(Object.prototype).length;
  const names = ["command", "body", "query", "cursor", "search", "sse", "stream", "client"];
  let refused = 0;
  for (let input = 0; input < inputs; input++) {
    const which = input % all.length;
    const decode = all[which];
    if (!decode) continue;
    const own = seed + input;
    const run = async () => {
      try {
        return await decode(new Chance(own));
      } catch (fault) {
        return `threw ${String(fault)}`;
      }
    };
    const start = performance.now();
    const told = await run();
    if (told === REFUSED) refused++;
    else if (told !== null) troubles.push(`${names[which]}, seed ${own}: ${told}`);
    if (performance.now() - start > LONGEST && (await fastest(run)) > LONGEST)
      troubles.push(`${names[which]}, seed ${own}: takes more than ${LONGEST} ms`);
    if ("polluted" in {} || Object.getOwnPropertyNames(Object.prototype).length !== keys) {
      troubles.push(`${names[which]}, seed ${own}: Object.prototype was changed`);
      break;
    }
    if (troubles.length > 20) break;
  }
  client.close();
  process.off("unhandledRejection", onRejection);
  return judged(
    {
      fault: "random and almost right inputs to every decoder",
      done: inputs,
      bit: refused,
      note: `seed ${seed}, none threw, polluted or took long`,
    },
    troubles,
  );
}

const search: Decoder = (chance) => sound(parseSearch(oddSearch(chance)));

const NOBODY = { token: "t", seq: 1 };

/** The decoder said no, with a code: most inputs should be so. */
const REFUSED = "refused";

async function fastest(run: () => Promise<unknown>): Promise<number> {
  let least = Infinity;
  for (let times = 0; times < 3; times++) {
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** What a decoder's answer must be like, whatever it was asked. */
function sound(result: Result<unknown>): string | null {
  if (!result.ok) {
    const { code, detail } = result.error;
    return Object.hasOwn(codes, code) && detail !== ""
      ? REFUSED
      : `refused without a code: ${code}`;
  }
  const { value } = result;
  if (typeof value !== "object" || value === null) return null;
  if (Object.getPrototypeOf(value) !== Object.prototype) return "accepted with another prototype";
  if ("polluted" in value) return "accepted polluted";
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of ["text", "clientId", "name", "topic", "avatar"]) {
    const field = fields[key];
    if (typeof field === "string" && (!field.isWellFormed() || field.includes("\0")))
      return `accepted an unsound ${key}`;
  }
  const { text, clientId } = fields;
  if (typeof text === "string" && Buffer.byteLength(text) > 16_384) return "accepted a long text";
  if (typeof clientId === "string" && !/^.{1,64}$/su.test(clientId))
    return "accepted a wrong clientId";
  return null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function command(chance: Chance): string | null {
  const json = parsed(oddCommand(chance, NOBODY));
  if (typeof json !== "object" || json === null) return REFUSED;
  check(Ref, "ref" in json ? json.ref : undefined);
  return sound(checkCommand(json));
}

async function body(chance: Chance): Promise<string | null> {
  const schema = chance.one(bodies);
  const fields = rightFields(chance, NOBODY, schema);
  const json = chance.whole(0, 9) === 0 ? oddValue(chance) : oddObject(chance, fields);
  const bytes =
    chance.whole(0, 4) === 0 ? new Uint8Array(mutated(chance, Buffer.from(json))) : json;
  const read = await readJson(
    { clock: systemClock, goOn() {}, letGo() {} },
    new Request("http://snug.test/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: bytes,
    }),
  );
  return read.ok ? sound(check(schema, read.value)) : sound(read);
}

function query(chance: Chance): string | null {
  const names = ["after", "before", "around", "limit", "q", "__proto__"];
  const value = () =>
    chance.one([
      oddText(chance),
      oddCursor(chance),
      "1",
      "200",
      "201",
      "1e3",
      "00",
      "9".repeat(17),
    ]);
  const input = Object.fromEntries(
    Array.from({ length: chance.whole(0, 3) }, () => [chance.one(names), value()]),
  );
  return sound(check(chance.one(queries), input));
}

function cursor(chance: Chance): string | null {
  const text = chance.one([
    oddCursor(chance),
    oddText(chance),
    `k.${chance.whole(0, 9)}.m`,
    "e.0.-",
  ]);
  const found = parseCursor(text);
  if (found === null) return REFUSED;
  const again = formatCursor(found.epoch, found);
  return again === text ? null : `"${text}" was read as "${again}"`;
}

/** What the server writes, the client reads: the same, in whatever pieces it comes. */
function sse(chance: Chance): string | null {
  const events = Array.from({ length: chance.whole(1, 4) }, (_, index) => {
    const json = JSON.stringify({ text: oddText(chance) });
    return { seq: index + 1, id: `m_${index}`, json } as StoredEvent;
  });
  const bytes = sseEvents("k", events);
  const parser = new SseParser();
  const decoder = new TextDecoder();
  const read: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = chance.whole(1, 1 + chance.one([1, 7, 100, 20_000]));
    const piece = decoder.decode(bytes.subarray(at, at + size), { stream: true });
    for (const { id, data } of parser.push(piece)) read.push(`${id} ${data}`);
    at += size;
  }
  const written = events.map((event) => `${formatCursor("k", event)} ${event.json}`);
  return Bun.deepEquals(read, written) ? null : `wrote ${written.join()} and read ${read.join()}`;
}

/** Whatever comes on a stream, its parser lives on. */
function stream(chance: Chance): string | null {
  const parser = new SseParser();
  const lines = ["data: x", "data", "id: 1", "id: \0", "event: y", ": c", "retry: z", "", "\u2028"];
  for (let pieces = chance.whole(1, 12); pieces > 0; pieces--) {
    const line = chance.one([chance.one(lines), oddText(chance)]);
    parser.push(line + chance.one(["\n", "\r", "\r\n", "\n\n", ""]));
  }
  const last = parser.push("\n\ndata: after all\n\n").at(-1);
  return last?.data === "after all" ? null : "the stream's parser lost its place";
}

type Listener = (event: { data?: string; code?: number }) => void;

/** The SDK's frame reader on a socket of ours. */
class ClientReader {
  readonly #real = globalThis.WebSocket;
  #listeners: Record<string, Listener> = {};
  #isOver = true;

  constructor() {
    const take = (listeners: Record<string, Listener>) => (this.#listeners = listeners);
    const lend = class {
      readonly #own: Record<string, Listener> = take({});
      addEventListener(name: string, listener: Listener) {
        this.#own[name] ??= listener;
      }
      send() {}
      close() {}
    };
    globalThis.WebSocket = lend as unknown as typeof WebSocket;
  }

  readonly read = async (chance: Chance): Promise<string | null> => {
    if (this.#isOver) await this.#open();
    const dice = chance.whole(0, 3);
    const json = dice === 0 ? oddValue(chance) : oddObject(chance, chance.one(FRAMES));
    this.#listeners["message"]?.({ data: json });
    // What is no frame ends the link, and the next input has a new one.
    await Promise.resolve();
    return this.#isOver ? REFUSED : null;
  };

  close(): void {
    globalThis.WebSocket = this.#real;
  }

  async #open(): Promise<void> {
    const clock = { now: () => 0, after: () => () => {} };
    const opened = openWebSocket(
      "http://snug.test",
      null,
      clock as never,
      new AbortController().signal,
      () => {},
    );
    this.#listeners["message"]?.({ data: '{"type":"welcome"}' });
    const link = await opened;
    if (typeof link === "string" || !("link" in link)) throw new Error("the link did not open");
    this.#isOver = false;
    void link.link.ended.then(() => (this.#isOver = true));
    const ignore = () => {};
    link.link.follow("general", "k.1.m", {
      opened: ignore,
      refused: ignore,
      events: ignore,
      gap: ignore,
    } as never);
  }
}

const FRAMES: readonly Readonly<Record<string, unknown>>[] = [
  { type: "welcome", user: { id: "u" }, limits: {} },
  { type: "reply", ref: 1, ok: true, room: { id: "general" }, cursor: "k.1.m" },
  { type: "reply", ref: 1, ok: false, error: { code: "forbidden", detail: "d" } },
  {
    type: "events",
    room: "general",
    events: [{ seq: 2, id: "m", type: "message.posted" }],
    cursor: "k.2.m",
  },
  { type: "gap", room: "general", after: "k.1.m", next: "k.9.m", reason: "too_far" },
  { type: "closed", room: "general", code: "forbidden" },
  { type: "inbox", rooms: [] },
  { type: "inbox", changed: [{ room: { id: "r" }, role: "member" }], gone: ["general"] },
  { type: "signal", kind: "status", whole: true, people: { u: { availability: "away" } } },
  { type: "signal", kind: "typing", room: "general", user: { id: "u", name: "U", guest: true } },
  { type: "signal", kind: "presence", room: "general", online: [], offline: ["u"], count: 1 },
  { type: "signal", kind: "read", room: "general", user: "u", seq: 1 },
  { type: "signal", kind: "room", room: { id: "r" } },
  { type: "bye", code: 1012, retry: 500 },
];
