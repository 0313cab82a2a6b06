import { startS3 } from "@snug/server/testing";
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The real program, as an operator starts and stops it.
setDefaultTimeout(20_000);
const MAIN = join(import.meta.dirname, "main.ts");
/** A page that needs no build, so that a server is up at once. */
const PAGE = join(import.meta.dirname, "../../../examples/one-file/index.html");
const READY = /^Snug is ready at (\S+) \(data in (.+), durability disk\)\n/;
// oxlint-disable-next-line no-explicit-any
type Json = Record<string, any>;

interface End {
  readonly code: number;
  /** Milliseconds from its start. */
  readonly after: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Child {
  /** Its address, once it says that it is ready. */
  readonly ready: Promise<string>;
  readonly exited: Promise<End>;
  isAlive(): boolean;
  signal(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): void;
  /** Asks it to go, and waits until it went. */
  stop(): Promise<End>;
}

let folders: string[] = [];
let children: Child[] = [];

const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "snug-process-"));
  folders.push(folder);
  return folder;
};

function launch(
  args: string[],
  env: Record<string, string> = {},
  program = [process.execPath, MAIN],
): Child {
  // Some of them send more than any person does.
  const spawned = Bun.spawn([...program, ...args], {
    env: { PATH: process.env["PATH"] ?? "", SNUG_RATE_LIMITS: "off", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const start = performance.now();
  const out = { stdout: "", stderr: "" };
  const ready = Promise.withResolvers<string>();
  const read = async (name: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    for await (const chunk of spawned[name]) {
      out[name] += decoder.decode(chunk, { stream: true });
      const [, address] = READY.exec(out.stdout) ?? [];
      if (address) ready.resolve(address);
    }
  };
  const end = async () => {
    const [code] = await Promise.all([spawned.exited, read("stdout"), read("stderr")]);
    ready.reject(new Error(`it ended (${code}): ${out.stdout}${out.stderr}`));
    return { code, after: performance.now() - start, ...out };
  };
  const child = {
    ready: within(ready.promise, 9_000, "ready"),
    exited: end(),
    isAlive: () => spawned.exitCode === null && spawned.signalCode === null,
    signal: (signal: "SIGTERM" | "SIGKILL" | "SIGINT") => spawned.kill(signal),
    stop() {
      spawned.kill("SIGTERM");
      return within(this.exited, 9_000, "the end");
    },
  };
  // Only some tests wait for it to be ready.
  child.ready.catch(() => {});
  children.push(child);
  return child;
}

const started = async (folder: string, ...more: string[]) => {
  const child = launch(["--port", "0", "--data", folder, "--page", PAGE, ...more]);
  return { child, url: await child.ready };
};

function within<Value>(promise: Promise<Value>, ms: number, what: string): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no ${what} within ${ms} ms`)), ms);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

async function clean(these: Child[], their: string[]) {
  for (const child of these) {
    if (child.isAlive()) child.signal("SIGKILL");
    await child.exited;
  }
  for (const folder of their) rmSync(folder, { recursive: true, force: true });
}

afterEach(async () => {
  const [these, their] = [children, folders];
  [children, folders] = [[], []];
  await clean(these, their);
});

const expectJsonLines = (text: string) => {
  for (const line of text.split("\n").filter(Boolean)) {
    expect(JSON.parse(line)).toMatchObject({
      level: expect.any(Number),
      time: expect.any(Number),
      msg: expect.any(String),
    });
  }
};

async function becomeGuest(url: string, name: string) {
  const response = await fetch(`${url}/v1/guests`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { user: { id: string; name: string }; token: string };
}

const call = async (url: string, token: string, path: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await (await fetch(url + path, { headers })).json()) as Json;
};

const sendFile = (url: string, token: string, body: BodyInit) =>
  fetch(`${url}/v1/rooms/general/files?name=a`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body,
  });

async function uploaded(url: string, token: string, body: BodyInit): Promise<Json> {
  const response = await sendFile(url, token, body);
  expect(response.status).toBe(201);
  return ((await response.json()) as Json)["file"] as Json;
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 3_000; !holds(); await Bun.sleep(10))
    if (Date.now() > end) throw new Error(`never so: ${String(holds)}`);
}

/** The whole log, page by page. */
async function wholeLog(url: string, token: string): Promise<Json[]> {
  const all: Json[] = [];
  for (let after = ""; ;) {
    const page = await call(url, token, `/v1/rooms/general/events?limit=200${after}`);
    if (page["events"].length === 0) return all;
    all.push(...(page["events"] as Json[]));
    after = `&after=${page["cursor"]}`;
  }
}

/** A socket; with a token it says hello and opens the room. */
async function openSocket(url: string, token?: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/socket`);
  const frames: Json[] = [];
  const closed = Promise.withResolvers<number>();
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    frames.push(JSON.parse(String(data)) as Json);
    wake();
  };
  socket.onclose = ({ code }) => closed.resolve(code);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const until = async (seen: (frame: Json) => boolean) => {
    while (!frames.some(seen)) await new Promise<void>((resolve) => (wake = resolve));
  };
  const send = (frame: Json) => socket.send(JSON.stringify(frame));
  if (token !== undefined) {
    send({ type: "hello", token });
    send({ type: "open-room", ref: "open", room: "general" });
    await until((frame) => frame["ref"] === "open");
  }
  const replies = () => frames.filter((frame) => typeof frame["ref"] === "number");
  return { frames, replies, closed: closed.promise, until, send, close: () => socket.close() };
}

async function openStream(url: string, token: string) {
  const response = await fetch(`${url}/v1/rooms/general/events`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
  });
  const text = { all: "" };
  const decoder = new TextDecoder();
  const ended = (async () => {
    for await (const chunk of response.body as ReadableStream<Uint8Array>)
      text.all += decoder.decode(chunk, { stream: true });
  })();
  return { text, ended };
}

/** A bare TCP connection that takes nothing until it is resumed. */
function tcp(url: string) {
  const { hostname, port } = new URL(url);
  const raw = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  let wake = () => {};
  raw.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    wake();
  });
  for (const event of ["error", "end", "close"]) raw.on(event, () => ended.resolve());
  return {
    raw,
    ended: ended.promise,
    text: () => Buffer.concat(chunks).toString("latin1"),
    async until(text: string) {
      while (!Buffer.concat(chunks).toString("latin1").includes(text))
        await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

const masked = (frame: Json) => {
  const payload = Buffer.from(JSON.stringify(frame));
  // A mask of zeros changes nothing.
  const head = [0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(head), payload]);
};

// It takes a second start 10 s to give up; the other tests run meanwhile.
const contest = { folder: "", owner: null as Child | null, second: null as Child | null };
beforeAll(async () => {
  contest.folder = newFolder();
  contest.owner = launch(["--port", "0", "--data", contest.folder]);
  await contest.owner.ready;
  contest.second = launch(["--port", "0", "--data", contest.folder]);
  [children, folders] = [[], []];
});
afterAll(() =>
  clean(
    [contest.owner, contest.second].filter((child) => child !== null),
    [contest.folder],
  ),
);

test("[OPS1] [DUR3] when it is ready, one line on stdout says so, where it is, and how durable", async () => {
  const folder = newFolder();
  const { child, url } = await started(folder);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const { token } = await becomeGuest(url, "Ada");
  expect((await call(url, token, "/readyz"))["durability"]).toBe("disk");
  const end = await child.stop();
  const [line, address, data] = READY.exec(end.stdout) ?? [];
  expect([line, address, data]).toEqual([end.stdout, url, folder]);
  expect(end.stderr).toBe("");
  expect(end.code).toBe(0);
});

test("[OPS1] logs are JSON lines on stderr, and hold no token and no text", async () => {
  const folder = newFolder();
  // Files may not grow past a small size: before long the store cannot write.
  const limited = 'trap "" XFSZ; ulimit -f 800; exec "$@"';
  const program = ["/bin/sh", "-c", limited, "sh", process.execPath, MAIN];
  const child = launch(["--port", "0", "--data", folder], {}, program);
  const url = await child.ready;
  const { token } = await becomeGuest(url, "Ada");
  let status = 0;
  for (let count = 0; status < 500 && count < 50; count++) {
    const answer = await fetch(`${url}/v1/rooms/general/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ clientId: `${count}`, text: "secret words ".repeat(1_000) }),
    });
    status = answer.status;
    await answer.arrayBuffer();
  }
  expect([503, 507]).toContain(status);
  const { code, stdout, stderr } = await child.stop();
  expect(code).toBe(0);
  expect(stdout).toMatch(READY);
  expect(stderr).not.toBe("");
  expectJsonLines(stderr);
  expect(stderr).not.toContain(token);
  expect(stderr).not.toContain("secret");
});

test("[OPS2] flags go before the environment, and that before the default", async () => {
  const [one, other] = [newFolder(), newFolder()];
  const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = String(free.port);
  await free.stop(true);
  const env = { PORT: port, HOST: "127.0.0.2", SNUG_DATA: join(one, "data") };
  const byEnv = launch([], env);
  const byFlag = launch(["--port", "0", "--host", "127.0.0.3", "--data", join(other, "data")], {
    ...env,
    SNUG_DATA: join(one, "unused"),
    SNUG_ORIGIN: "https://chat.example",
  });
  expect(await byEnv.ready).toBe(`http://127.0.0.2:${port}`);
  expect(existsSync(join(one, "data", "snug.db"))).toBe(true);
  expect(await byFlag.ready).toBe("https://chat.example");
  expect(existsSync(join(other, "data", "snug.db"))).toBe(true);
  expect(existsSync(join(one, "unused"))).toBe(false);
  expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).toBe(200);
});

test("[OPS3] what an operator can mend is one line that says what to do, and an exit code", async () => {
  const folder = newFolder();
  const file = join(folder, "file");
  writeFileSync(file, "not a folder");
  const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  // A folder each: one that waits for another's end says so.
  let folders = 0;
  const free = () => ["--port", "0", "--data", join(folder, `data-${++folders}`)];
  const cases: [string, string[], RegExp][] = [
    ["an unknown flag", ["--nope"], /'--nope'.*--help/],
    ["an argument", ["extra"], /'extra'.*--help/],
    ["a port that is none", [...free(), "--port", "http"], /--port/],
    ["a port in use", [...free(), "--port", String(taken.port)], /port.* in use.*--port/i],
    ["a file for a folder", [...free(), "--data", file], /is a file.*--data/],
    ["a folder in a file", [...free(), "--data", join(file, "data")], /is a file.*--data/],
    [
      "a place that cannot be written",
      [...free(), "--data", "/proc/snug"],
      /cannot be used.*--data/,
    ],
    ["an address of somebody else", [...free(), "--host", "192.0.2.1"], /--host/],
    ["a page that is not there", [...free(), "--page", `${file}.html`], /is not there.*--page/],
    ["a folder for a page", [...free(), "--page", folder], /is a folder.*--page/],
  ];
  // Two at a time, as the machine has few cores.
  for (let index = 0; index < cases.length; index += 2) {
    const pair = cases.slice(index, index + 2).map(([name, args, says]) => ({
      name,
      says,
      child: launch(args),
    }));
    for (const { name, says, child } of pair) {
      const { code, stdout, stderr } = await within(child.exited, 8_000, `end of ${name}`);
      expect([name, code]).toEqual([name, 1]);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^[^\n{]+\.\n$/);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/\bat \S+:\d+|Error:/);
    }
  }
  await taken.stop(true);
});

test("[PAGE1] [PAGE2] [PAGE3] the page that Snug brings is there, and all it names", async () => {
  const child = launch(["--port", "0", "--data", newFolder()]);
  const url = await child.ready;
  const page = await fetch(url);
  expect([page.status, page.headers.get("content-encoding")]).toEqual([200, "br"]);
  const html = await page.text();
  expect(html).toContain("<style>");
  const named = new Set(
    [...html.matchAll(/(?:href|src)="(\/[^"]+)"/g)].map(([, path = ""]) => path),
  );
  // What a script names is added while one goes through them.
  for (const path of named) {
    const response = await fetch(url + path);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get("cache-control")).toContain("immutable");
    for (const [found] of (await response.text()).matchAll(/\/assets\/[\w-]+\.\w+/g))
      named.add(found);
  }
  expect(named.size).toBeGreaterThan(1);
  expect((await child.stop()).stderr).toBe("");
});

test("[OPS11] --page serves one HTML file at /, and then nothing is built", async () => {
  const { child, url } = await started(newFolder());
  const page = await fetch(url);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'sha256-");
  expect(await page.text()).toBe(readFileSync(PAGE, "utf8"));
  expect((await child.stop()).code).toBe(0);
});

test("[OPS3] a page that cannot be built ends the start, with one line", async () => {
  const source = import.meta.dirname;
  const house = newFolder();
  const app = join(house, "packages/app");
  cpSync(source, join(app, "src"), {
    recursive: true,
    filter: (from) => from !== join(source, "web"),
  });
  const others = ["bun.lock", "tsconfig.json", "packages/client", "packages/protocol"];
  for (const path of [...others, "packages/app/package.json", "packages/app/node_modules"])
    symlinkSync(join(source, "../../..", path), join(house, path));
  mkdirSync(join(app, "src/web"));
  writeFileSync(
    join(app, "src/web/index.html"),
    '<script type="module" src="./gone.tsx"></script>',
  );
  const program = [process.execPath, join(app, "src/main.ts")];
  const child = launch(["--port", "0", "--data", newFolder()], {}, program);
  const { code, stdout, stderr } = await within(child.exited, 8_000, "end");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^The page could not be built: [^\n]*gone\.tsx[^\n]* --page\.\n$/);

  const file = join(app, "page.html");
  writeFileSync(file, "<p>Mine");
  const args = ["--port", "0", "--data", newFolder(), "--page", file];
  const url = await launch(args, {}, program).ready;
  expect(await (await fetch(url)).text()).toBe("<p>Mine");
});

test("[OPS16] the bytes of files go to the bucket, and one that cannot be used ends the start with one line", async () => {
  const s3 = await startS3();
  const { host } = new URL(s3.options.endpoint);
  const { accessKeyId, region } = s3.options;
  const folder = newFolder();
  const given = (key: string) => ({
    SNUG_S3: `http://${key}:hidden@${host}/snug?region=${region}`,
  });
  const args = ["--port", "0", "--data", folder, "--page", PAGE];
  const child = launch(args, given(accessKeyId));
  const url = await child.ready;
  const file = await uploaded(url, (await becomeGuest(url, "Ada")).token, "hello");
  expect([s3.objects(), readdirSync(join(folder, "spool"))]).toEqual([[file["id"]], []]);
  expect(await (await fetch(url + file["url"])).text()).toBe("hello");
  await child.stop();
  for (const env of [given("wrong"), { SNUG_S3: "http://key:hidden@127.0.0.1:1/snug" }]) {
    const { code, stdout, stderr } = await launch(args, env).exited;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^The bucket snug at http:\S+ cannot be used\..*\n$/);
  }
  await s3.close();
});

test("[FIL1] an upload that kill -9 cut off leaves no byte once the server is up again", async () => {
  const folder = newFolder();
  const { child, url } = await started(folder);
  const files = () => readdirSync(join(folder, "files"));
  const { token } = await becomeGuest(url, "Ada");
  const kept = await uploaded(url, token, "hello");
  const body = new ReadableStream({ start: (control) => control.enqueue(new Uint8Array(300_000)) });
  const cut = sendFile(url, token, body).catch(() => null);
  await eventually(() => files().length === 2);
  child.signal("SIGKILL");
  await child.exited;
  await cut;
  expect(files()).toHaveLength(2);
  const again = await started(folder);
  await eventually(() => files().length === 1);
  expect(await (await fetch(again.url + kept["url"])).text()).toBe("hello");
  await again.child.stop();
});

test("[OPS3] two servers never share a port, not even two of Snug", async () => {
  const { child, url } = await started(newFolder());
  const second = launch(["--port", new URL(url).port, "--data", newFolder()]);
  const { code, stderr } = await within(second.exited, 8_000, "end of the second");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Port \d+ is in use\..*--port\.\n$/)]);
  expect((await child.stop()).code).toBe(0);
});

test("[OPS3] a host that is not there ends the start, with one line, and lets the folder go", async () => {
  const folder = newFolder();
  const child = launch(["--port", "0", "--data", folder, "--host", "no.such.host.invalid"]);
  const { code, stdout, stderr } = await within(child.exited, 4_000, "end");
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^[^\n{]+\.\n$/);
  expect(stderr).toContain("--host");
});

test("[OPS4] a second start waits for the folder, and has it once the first is gone", async () => {
  const folder = newFolder();
  const { child: first, url } = await started(folder);
  const { token } = await becomeGuest(url, "Ada");
  const second = launch(["--port", "0", "--data", folder]);
  const early = await Promise.race([second.ready, Bun.sleep(600)]);
  expect(early).toBeUndefined();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await first.stop()).code).toBe(0);
  const address = await second.ready;
  expect((await call(address, token, "/v1/me"))["user"].name).toBe("Ada");
});

test("[AVL2] [OPS1] what nobody caught is logged as that, and the server goes on", async () => {
  const folder = newFolder();
  const trouble = join(folder, "trouble.ts");
  writeFileSync(
    trouble,
    `const look = setInterval(() => {
       if (process.listenerCount("uncaughtException") === 0) return;
       clearInterval(look);
       void Promise.reject(new Error("not taken"));
       throw new Error("not caught");
     }, 10);`,
  );
  const program = [process.execPath, "--preload", trouble, MAIN];
  const args = (name: string) => ["--port", "0", "--data", join(folder, name)];
  // Also where the log lies on a full disk.
  const unlogged = launch(args("b"), {}, ["sh", "-c", 'exec "$@" 2> /dev/full', "sh", ...program]);
  const child = launch(args("a"), {}, program);
  for (const url of [await child.ready, await unlogged.ready])
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await unlogged.stop()).code).toBe(0);
  const { code, stderr } = await child.stop();
  expect(code).toBe(0);
  expectJsonLines(stderr);
  const lines = stderr
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Json);
  const told = lines.map(({ msg, fault }) => `${msg}: ${(fault as Json | undefined)?.["message"]}`);
  expect(told.toSorted()).toEqual([
    "uncaught exception: not caught",
    "unhandled rejection: not taken",
  ]);
});

test("[OPS5] SIGTERM: goodbyes, closes, no new connections, exit 0; what was answered is there", async () => {
  const folder = newFolder();
  const { child, url } = await started(folder);
  const [ada, bob] = [await becomeGuest(url, "Ada"), await becomeGuest(url, "Bob")];
  const posters = [await openSocket(url, ada.token), await openSocket(url, bob.token)];
  const stranger = await openSocket(url);
  const streams = [await openStream(url, ada.token), await openStream(url, bob.token)];
  const post = (socket: number, ref: number) =>
    posters[socket]?.send({
      type: "post-message",
      ref,
      room: "general",
      clientId: `${socket}-${ref}`,
      text: `${ref}`,
    });
  for (let ref = 0; ref < 50; ref++) for (const one of [0, 1]) post(one, ref);
  await posters[0]?.until((frame) => frame["ref"] === 40);
  for (let ref = 50; ref < 400; ref++) for (const one of [0, 1]) post(one, ref);
  const from = performance.now();
  child.signal("SIGTERM");

  for (const socket of [...posters, stranger]) {
    expect(await within(socket.closed, 6_000, "close")).toBe(1012);
    expect(socket.frames.filter((frame) => frame["type"] === "bye")).toEqual([
      { type: "bye", code: 1012, retry: expect.any(Number) },
    ]);
    expect(socket.frames.at(-1)?.["type"]).toBe("bye");
    expect(socket.frames.at(-1)?.["retry"]).toBeGreaterThan(0);
  }
  for (const { text, ended } of streams) {
    await within(ended, 6_000, "end of the stream");
    const [, retry, data] = /event: bye\nretry: (\d+)\ndata: (.*)\n\n$/.exec(text.all) ?? [];
    expect(JSON.parse(data ?? "")).toEqual({ code: 1012, retry: Number(retry) });
  }
  const end = await within(child.exited, 6_000, "end");
  expect([end.code, end.stdout.split("\n").length]).toEqual([0, 2]);
  expect(performance.now() - from).toBeLessThan(5_000);
  expectJsonLines(end.stderr);
  expect(fetch(`${url}/healthz`)).rejects.toThrow();

  const again = await started(folder);
  const log = await wholeLog(again.url, ada.token);
  expect(log.map((event) => event["seq"])).toEqual(log.map((_, index) => index + 1));
  for (const [index, socket] of posters.entries()) {
    const mine = log.filter((event) => event["clientId"]?.startsWith(`${index}-`));
    // In the order sent, without holes; what was answered is among them as it was answered.
    expect(mine.map((event) => event["text"])).toEqual(mine.map((_, ref) => `${ref}`));
    const answered = socket.replies().filter((reply) => reply["ok"]);
    expect(answered.length).toBeGreaterThan(40);
    for (const { ref, message } of answered) {
      expect(mine[ref as number]).toEqual({ type: "message.posted", ...message });
    }
    for (const reply of socket.replies())
      if (!reply["ok"]) expect(reply["error"].code).toBe("store_unavailable");
  }
});

test("[OPS5] SIGINT stops it too, and a second signal does not cut the first short", async () => {
  const { child, url } = await started(newFolder());
  const { token } = await becomeGuest(url, "Ada");
  const socket = await openSocket(url, token);
  child.signal("SIGINT");
  child.signal("SIGTERM");
  expect(await within(socket.closed, 5_000, "close")).toBe(1012);
  expect((await within(child.exited, 5_000, "end")).code).toBe(0);
});

test("[OPS5] a request that never ends keeps nobody: no new connections, and exit 0 within --drain", async () => {
  const { child, url } = await started(newFolder(), "--drain", "1");
  const { token } = await becomeGuest(url, "Ada");
  const socket = await openSocket(url, token);
  const half = tcp(url);
  // A whole request before it in the same packet: its answer tells that both arrived.
  half.raw.write(
    "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" +
      "POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      'Content-Length: 100\r\n\r\n{"name":',
  );
  await half.until('{"alive":true}');
  const from = performance.now();
  child.signal("SIGTERM");
  expect(await within(socket.closed, 3_000, "close")).toBe(1012);
  if (child.isAlive()) {
    const late = tcp(url);
    late.raw.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await within(late.ended, 5_000, "refusal");
    expect(late.text()).toBe("");
  }
  const { code, stderr } = await within(child.exited, 5_000, "end");
  half.raw.destroy();
  expect(performance.now() - from).toBeLessThan(3_500);
  expectJsonLines(stderr);
  expect(code).toBe(0);
});

/** A server, and a reader for whom something waits in it, above what the kernel took. */
async function behind(door: "socket" | "stream", ...flags: string[]) {
  const { child, url } = await started(newFolder(), ...flags);
  const { token } = await becomeGuest(url, "Ada");
  const reader = tcp(url);
  if (door === "socket") {
    reader.raw.write(
      "GET /v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await reader.until("\r\n\r\n");
    reader.raw.write(masked({ type: "hello", token }));
    reader.raw.write(masked({ type: "open-room", ref: 1, room: "general" }));
    await reader.until('"ref":1');
  } else {
    reader.raw.write(
      "GET /v1/rooms/general/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n" +
        `Authorization: Bearer ${token}\r\n\r\n`,
    );
    await reader.until(": hello");
  }
  reader.raw.pause();

  const poster = await openSocket(url, token);
  const text = `${"\u0001".repeat(9_900)}x`;
  const figures = async () => await (await fetch(`${url}/metrics`)).text();
  let posted = 0;
  for (let queued = 0; queued < 200_000 && posted < 1_000;) {
    for (let count = 0; count < 2; count++, posted++)
      poster.send({
        type: "post-message",
        ref: posted,
        room: "general",
        clientId: `${posted}`,
        text,
      });
    await poster.until((frame) => frame["ref"] === posted - 1);
    poster.frames.length = 0;
    queued = Number(/^snug_queue_bytes (\d+)$/m.exec(await figures())?.[1]);
  }
  expect(await figures()).toContain("snug_slow_closes_total 0\n");
  return { child, reader, poster, posted };
}

for (const door of ["socket", "stream"] as const) {
  test(`[OPS5] [SLO2] a ${door} that is behind, but reads, gets what was sent to it and the goodbye`, async () => {
    const { child, reader, poster, posted } = await behind(door);
    const from = performance.now();
    child.signal("SIGTERM");
    expect(await within(poster.closed, 5_000, "close")).toBe(1012);
    // It is slow, not gone: the drain has seconds for it.
    await Promise.race([child.exited, Bun.sleep(300)]);
    reader.raw.resume();
    await within(reader.ended, 6_000, "end of the reader");
    const { code } = await within(child.exited, 6_000, "end");
    expect([code, performance.now() - from < 5_000]).toEqual([0, true]);
    const seqs = [...reader.text().matchAll(/\{"seq":(\d+),/g)].map(([, seq]) => Number(seq));
    expect(seqs).toEqual(Array.from({ length: posted }, (_, index) => index + 2));
    expect(reader.text().slice(-200)).toContain('"code":1012,"retry":');
  });

  test(`[OPS5] a ${door} that takes nothing keeps nobody: exit 0 within --drain`, async () => {
    const { child, reader, poster } = await behind(door, "--drain", "1");
    const from = performance.now();
    child.signal("SIGTERM");
    expect(await within(poster.closed, 3_000, "close")).toBe(1012);
    const { code, stderr } = await within(child.exited, 6_000, "end");
    reader.raw.destroy();
    expect(performance.now() - from).toBeLessThan(3_500);
    expectJsonLines(stderr);
    expect(code).toBe(0);
  });
}

test("[DUR1] [ORD1] [OPS4] after kill -9 the folder is free at once, and every answered send is there", async () => {
  const folder = newFolder();
  let token = "";
  const answered: Json[] = [];
  for (let life = 0; life < 3; life++) {
    const from = performance.now();
    const { child, url } = await started(folder);
    expect(performance.now() - from).toBeLessThan(4_000);
    if (life === 0) ({ token } = await becomeGuest(url, "Ada"));

    const log = await wholeLog(url, token);
    expect(log.map((event) => event["seq"])).toEqual(log.map((_, index) => index + 1));
    const stored = new Map(log.map((event) => [event["id"] as string, event]));
    for (const message of answered) {
      expect(stored.get(message["id"])).toEqual({ type: "message.posted", ...message });
    }
    for (const sender of [0, 1]) {
      const mine = log.filter((event) => event["clientId"]?.startsWith(`${life - 1}-${sender}-`));
      expect(mine.map((event) => event["text"])).toEqual(mine.map((_, ref) => `${ref}`));
    }
    if (life === 2) {
      expect(answered.length).toBeGreaterThan(100);
      break;
    }

    // Two send without pause, and in the midst of it the process is gone.
    const senders = [await openSocket(url, token), await openSocket(url, token)];
    for (let ref = 0; ref < 1_000; ref++) {
      for (const [index, socket] of senders.entries()) {
        const clientId = `${life}-${index}-${ref}`;
        socket.send({ type: "post-message", ref, room: "general", clientId, text: `${ref}` });
      }
      if (ref % 50 === 0 && ref <= 400) await senders[0]?.until((frame) => frame["ref"] === ref);
      if (ref === 400 + life * 37) child.signal("SIGKILL");
    }
    await within(child.exited, 5_000, "death");
    for (const socket of senders) {
      await within(socket.closed, 5_000, "close");
      for (const reply of socket.replies()) {
        expect(reply["ok"]).toBe(true);
        answered.push(reply["message"] as Json);
      }
    }
  }
});

test("[PRS3] after kill -9 nobody is online who is not there", async () => {
  const folder = newFolder();
  const first = await started(folder);
  const ada = await becomeGuest(first.url, "Ada");
  const bob = await becomeGuest(first.url, "Bob");
  const socket = await openSocket(first.url, ada.token);
  await openSocket(first.url, bob.token);
  await socket.until(({ kind, count }) => kind === "presence" && count === 2);
  first.child.signal("SIGKILL");
  await within(first.child.exited, 5_000, "death");

  const again = await started(folder);
  const back = await openSocket(again.url, ada.token);
  await back.until(({ kind }) => kind === "status");
  await back.until(({ kind }) => kind === "presence");
  const [presence] = back.frames.filter(({ kind }) => kind === "presence");
  expect(presence).toMatchObject({ whole: true, online: [{ name: "Ada" }], count: 1 });
  const [status] = back.frames.filter(({ kind }) => kind === "status");
  expect(Object.values(status?.["people"])).toEqual([{ availability: "offline" }]);
  back.close();
});

test("[OPS4] a second start waits 10 s for the folder, then says so and exits; the first goes on", async () => {
  const { owner, second, folder } = contest;
  if (!owner || !second) throw new Error("neither was started");
  const { code, after, stdout, stderr } = await within(second.exited, 14_000, "end of the second");
  expect([code, stdout]).toEqual([1, ""]);
  expect(after).toBeGreaterThan(10_000);
  expect(after).toBeLessThan(13_000);
  expect(stderr).toMatch(
    /^Another Snug has .*; waiting [^\n]*\n[^\n{]+ is in use by another Snug\..*--data\.\n$/,
  );
  expect(stderr).toContain(folder);
  expect((await fetch(`${await owner.ready}/readyz`)).status).toBe(200);
  expect((await owner.stop()).code).toBe(0);
});
