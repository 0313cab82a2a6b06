import { createChat } from "@snug/client";
import { startCable, startRedis } from "@snug/server/testing";
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Several of the real program on one real Redis.
setDefaultTimeout(20_000);
const MAIN = join(import.meta.dirname, "main.ts");
/** A page that needs no build, so that a server is up at once. */
const PAGE = join(import.meta.dirname, "../../../examples/one-file/index.html");
// oxlint-disable-next-line no-explicit-any
type Json = Record<string, any>;

const folder = mkdtempSync(join(tmpdir(), "snug-nodes-"));
// The rights are those that docs/many-nodes.md names.
const rights = "~{snug}* &{snug}* +@all -@admin -@dangerous +info +config|get".split(" ");
const user = ["--user", "snug", "on", ">se:same", ...rights];
const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always", ...user);
const address = (port: number) => `redis://snug:se%3Asame@127.0.0.1:${port}`;
const children: Child[] = [];

interface Child {
  /** Its address, once it says that it is ready. */
  readonly ready: Promise<string>;
  readonly exited: Promise<{ code: number; stdout: string; stderr: string }>;
  readonly signal: (name: "SIGTERM" | "SIGKILL") => void;
}

// One of them goes on through all tests.
const west = await started(redis.port);
children.length = 0;

afterEach(() => end(children.splice(0)));
afterAll(async () => {
  await end([west.child]);
  await redis.close();
  rmSync(folder, { recursive: true });
});

async function end(these: readonly Child[]): Promise<void> {
  for (const child of these) {
    child.signal("SIGKILL");
    await child.exited;
  }
}

function launch(env: Record<string, string>, ...args: string[]): Child {
  const all = ["--port", "0", "--data", folder, "--page", PAGE, ...args];
  const spawned = Bun.spawn([process.execPath, MAIN, ...all], {
    env: { PATH: process.env["PATH"] ?? "", SNUG_RATE_LIMITS: "off", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const out = { stdout: "", stderr: "" };
  const ready = Promise.withResolvers<string>();
  const read = async (name: "stdout" | "stderr") => {
    for await (const text of spawned[name].pipeThrough(new TextDecoderStream())) {
      out[name] += text;
      const [, url] = /^Snug is ready at (\S+) /.exec(out.stdout) ?? [];
      if (url) ready.resolve(url);
    }
  };
  const end = async () => {
    const [code] = await Promise.all([spawned.exited, read("stdout"), read("stderr")]);
    ready.reject(new Error(`it ended (${code}): ${out.stdout}${out.stderr}`));
    return { code, ...out };
  };
  const exited = end();
  ready.promise.catch(() => {});
  const child = {
    ready: ready.promise,
    exited,
    signal: (name: "SIGTERM" | "SIGKILL") => spawned.kill(name),
  };
  children.push(child);
  return child;
}

async function started(port: number, ...args: string[]) {
  const child = launch({ SNUG_REDIS: address(port) }, ...args);
  return { child, url: await child.ready };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 8_000; !(await isSo()); await Bun.sleep(10))
    if (Date.now() > end) throw new Error(`never so: ${String(isSo)}`);
}

interface Init extends RequestInit {
  readonly headers?: Record<string, string>;
}

const json = (body: Json): Init => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

async function becomeGuest(url: string, name: string): Promise<string> {
  const answer = await fetch(`${url}/v1/guests`, json({ name }));
  expect(answer.status).toBe(201);
  return ((await answer.json()) as Json)["token"];
}

function call(url: string, token: string, path: string, { headers, ...init }: Init = {}) {
  return fetch(url + path, { ...init, headers: { ...headers, authorization: `Bearer ${token}` } });
}

const post = (url: string, token: string, text: string) =>
  call(url, token, "/v1/rooms/general/messages", json({ clientId: text, text }));

/** The texts of all messages, by pages of the log. */
async function texts(url: string, token: string): Promise<string[]> {
  const all: Json[] = [];
  for (let after = ""; ;) {
    const answer = await call(url, token, `/v1/rooms/general/events?limit=200${after}`);
    const page = (await answer.json()) as Json;
    if (page["events"].length === 0) break;
    all.push(...(page["events"] as Json[]));
    after = `&after=${page["cursor"]}`;
  }
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  return all.filter(({ type }) => type === "message.posted").map(({ text }) => text);
}

/** A socket with the room open. */
async function openSocket(url: string, token: string, after?: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/socket`);
  const frames: Json[] = [];
  const closed = Promise.withResolvers<number>();
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(String(data)) as Json);
  socket.onclose = ({ code }) => closed.resolve(code);
  await new Promise((resolve) => (socket.onopen = resolve));
  const send = (frame: Json) => socket.send(JSON.stringify(frame));
  send({ type: "hello", token });
  send({ type: "open-room", ref: "open", room: "general", ...(after && { after }) });
  await until(() => frames.some(({ ref }) => ref === "open"));
  const heard = () =>
    frames
      .flatMap(({ type, events }) => (type === "events" ? (events as Json[]) : []))
      .flatMap(({ type, text }) => (type === "message.posted" ? [text as string] : []));
  return { frames, heard, closed: closed.promise, send, close: () => socket.close() };
}

/** What a stream of the room says, as it comes. */
async function openStream(url: string, token: string) {
  const abort = new AbortController();
  const headers = { accept: "text/event-stream" };
  const path = "/v1/rooms/general/events";
  const answer = await call(url, token, path, { headers, signal: abort.signal });
  const said = { text: "" };
  const read = async () => {
    for await (const text of (answer.body as ReadableStream).pipeThrough(new TextDecoderStream()))
      said.text += text;
  };
  void read().catch(() => {});
  await until(() => said.text !== "");
  return { said, close: () => abort.abort() };
}

test("[OPS17] [DUR5] [RES12] [FIL1] two servers on one Redis are one house: people, messages, cursors, files, and a word for how safe", async () => {
  const east = await started(redis.port);
  const [ann, bob] = [await becomeGuest(east.url, "Ann"), await becomeGuest(west.url, "Bob")];
  const socket = await openSocket(west.url, bob);
  const stream = await openStream(west.url, ann);
  const page = (await (await call(east.url, ann, "/v1/rooms/general/messages")).json()) as Json;
  expect((await post(east.url, ann, "from the east")).status).toBe(201);
  await until(() => socket.heard().length > 0 && stream.said.text.includes("from the east"));
  // The same send, where it did not go first.
  expect((await post(west.url, ann, "from the east")).status).toBe(200);
  const later = await openSocket(west.url, ann, page["cursor"]);
  await until(() => later.heard().length > 0);
  expect([socket.heard(), later.heard()]).toEqual([["from the east"], ["from the east"]]);
  await until(async () => {
    const answer = await call(east.url, ann, "/v1/rooms/general/presence");
    return ((await answer.json()) as Json)["count"] === 2;
  });

  const upload = { method: "POST", body: "some bytes" };
  const sent = await call(east.url, ann, "/v1/rooms/general/files?name=a", upload);
  const { file } = (await sent.json()) as Json;
  expect(await (await fetch(west.url + file.url)).text()).toBe("some bytes");

  expect(await (await fetch(`${west.url}/readyz`)).json()).toEqual({
    ready: true,
    durability: "disk",
  });
  for (const one of [socket, later, stream]) one.close();
  east.child.signal("SIGTERM");
  expect(await east.child.exited).toEqual({
    code: 0,
    stdout: `Snug is ready at ${east.url} (data on Redis at 127.0.0.1:${redis.port}, files in ${folder}, which all nodes have to share, durability disk)\n`,
    stderr: "",
  });
});

test("[SDK2] [OPS5] when a server is stopped, the SDK goes on with the next that is found at its address", async () => {
  const east = await started(redis.port);
  const door = await startCable(Number(new URL(east.url).port));
  const chat = createChat({ url: `http://127.0.0.1:${door.port}` });
  const room = chat.room("general");
  const seen: string[] = [];
  room.on("message.posted", ({ text }) => void seen.push(text));
  expect((await chat.becomeGuest("Ann")).ok).toBe(true);
  await until(() => room.state.get().status === "live");
  const said = Array.from({ length: 60 }, (_, index) => `on the way ${index}`);
  for (const [index, text] of said.entries()) {
    expect(room.post(text).ok).toBe(true);
    if (index === 20) await until(() => seen.length > 5);
    if (index !== 30) continue;
    door.leadTo(Number(new URL(west.url).port));
    east.child.signal("SIGTERM");
    expect((await east.child.exited).code).toBe(0);
  }
  await until(() => seen.length >= said.length);
  chat.close();
  door.close();
  expect(seen).toEqual(said);
  const all = await texts(west.url, await becomeGuest(west.url, "Bob"));
  expect(all.filter((text) => text.startsWith("on the way"))).toEqual(said);
});

test("[DUR1] [DUR5] kill -9 of a server, or of a Redis on disk, loses nothing that was answered, and the other server goes on", async () => {
  const east = await started(redis.port);
  const [ann, bob] = [await becomeGuest(east.url, "Ann"), await becomeGuest(west.url, "Bob")];
  const [sender, watcher] = [await openSocket(east.url, ann), await openSocket(west.url, bob)];
  const answers = () => sender.frames.filter(({ ref }) => typeof ref === "number");
  for (let ref = 0; ref < 1_000; ref++) {
    const text = `killed ${ref}`;
    sender.send({ type: "post-message", ref, room: "general", clientId: text, text });
    if (ref % 50 === 0 && ref <= 400) await until(() => answers().length >= ref);
    if (ref === 420) east.child.signal("SIGKILL");
  }
  await sender.closed;
  const answered = answers();
  expect(answered.length).toBeGreaterThan(300);
  expect(answered.filter(({ ok }) => !ok)).toEqual([]);
  await redis.dieAndRise();
  await until(async () => (await post(west.url, bob, "after it")).status < 300);
  await until(() => watcher.heard().includes("after it"));
  const stored = (await texts(west.url, bob)).filter((text) => text.startsWith("killed"));
  // In the order sent and without a hole, with all that was answered; and all of it was told.
  expect(stored).toEqual(stored.map((_, ref) => `killed ${ref}`));
  expect(stored.length).toBeGreaterThanOrEqual(answered.length);
  expect(watcher.heard()).toEqual([...stored, "after it"]);
  watcher.close();
});

test("[AVL3] [OPS6] [OPS17] while Redis is silent or away sends fail within 2 s, and all goes on when it is back", async () => {
  const cable = await startCable(redis.port);
  const east = await started(cable.port);
  const [ann, bob] = [await becomeGuest(east.url, "Ann"), await becomeGuest(west.url, "Bob")];
  const sockets = [await openSocket(east.url, bob), await openSocket(west.url, bob)];
  const isReady = async () => (await fetch(`${east.url}/readyz`)).status;
  const refusal = async (text: string) => {
    const from = performance.now();
    const answer = await post(east.url, ann, text);
    expect(performance.now() - from).toBeLessThan(2_000);
    return ((await answer.json()) as Json)["code"];
  };
  redis.pause();
  expect(await refusal("silent")).toBe("store_unavailable");
  expect(await isReady()).toBe(503);
  redis.goOn();
  await until(async () => (await isReady()) === 200);
  cable.cut();
  // Long enough for it to be tried many times.
  for (const end = Date.now() + 1_000; Date.now() < end; await Bun.sleep(100))
    expect(await refusal("away")).toBe("store_unavailable");
  expect(await isReady()).toBe(503);
  expect((await post(west.url, bob, "meanwhile")).status).toBe(201);
  cable.mend();
  await until(async () => (await isReady()) === 200);
  expect((await post(east.url, ann, "away")).status).toBe(201);
  for (const { heard } of sockets) {
    await until(() => heard().includes("away"));
    expect(heard().filter((text) => text !== "silent")).toEqual(["meanwhile", "away"]);
  }
  east.child.signal("SIGTERM");
  const { code, stderr } = await east.child.exited;
  expect(code).toBe(0);
  const breaks = stderr.split("\n").filter((line) => line.includes('"fault":{"type":"Socket'));
  // Once for each connection and each time that it broke.
  expect([breaks.length > 0, breaks.length <= 4]).toEqual([true, true]);
  expect(stderr).not.toMatch(/se(:|%3A)same|ECONN/);
  for (const { close } of sockets) close();
  cable.close();
});

test("[OPS10] [OPS17] a Redis that cannot be used is refused in one line that says what to do", async () => {
  redis.ask("CONFIG", "SET", "appendfsync", "everysec");
  const cases: [string, string[], RegExp][] = [
    [address(1), [], /ECONNREFUSED.* Start it/],
    [`${address(1)},127.0.0.1:2`, [], /127\.0\.0\.1:1; .*127\.0\.0\.1:2\).* Start it/],
    [address(redis.port).replace("%3A", "%3B"), [], /WRONGPASS.* let Snug in/],
    [address(redis.port), ["--durability", "disk"], /appendfsync always/],
    [address(redis.port), ["--data", MAIN], /cannot be kept in .*--data/],
  ];
  const refused = cases.map(([url, args]) => launch({ SNUG_REDIS: url }, ...args));
  for (const [index, [, , says]] of cases.entries()) {
    const { code, stdout, stderr } = (await refused[index]?.exited) ?? {};
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^[^\n{]+\.\n$/);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/se(:|;|%3A|%3B)same/);
  }
});
