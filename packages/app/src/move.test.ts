import { startRedis, startTestServer } from "@snug/server/testing";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The real program, on a real Redis.
setDefaultTimeout(60_000);
const MAIN = join(import.meta.dirname, "main.ts");
/** A page that needs no build, so that a server is up at once. */
const PAGE = join(import.meta.dirname, "../../../examples/one-file/index.html");

const root = mkdtempSync(join(tmpdir(), "snug-move-"));
const redis = await startRedis();
const children: Bun.Subprocess[] = [];
afterAll(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await child.exited;
  }
  await redis.close();
  rmSync(root, { recursive: true });
});

function launch(...args: string[]) {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  children.push(child);
  const out = { stdout: "", stderr: "" };
  const ready = Promise.withResolvers<string>();
  const read = async (name: "stdout" | "stderr") => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) {
      out[name] += text;
      const [, origin] = /^Snug is ready at (\S+) /.exec(out.stdout) ?? [];
      if (origin) ready.resolve(origin);
    }
  };
  const end = async () => {
    const [code] = await Promise.all([child.exited, read("stdout"), read("stderr")]);
    ready.reject(new Error(`it ended (${code}): ${out.stdout}${out.stderr}`));
    return { code, ...out };
  };
  ready.promise.catch(() => {});
  return { child, ready: ready.promise, exited: end() };
}

/** What it says as it refuses: one line, and nothing else. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await launch(...args).exited;
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^[^\n{]+\.\n$/);
  return stderr;
}

/** A house with somebody who said much, and brought a file. */
async function houseIn(folder: string, lines: number) {
  const server = await startTestServer({ folder });
  const ada = await server.guest("Ada");
  const upload = await server.fetch("/v1/rooms/general/files?name=a", {
    method: "POST",
    headers: { authorization: ada.authorization },
    body: "some bytes",
  });
  const { file } = (await upload.json()) as { file: { id: string } };
  const socket = await ada.socket();
  const said = { type: "post-message", room: "general" };
  for (let ref = 0; ref < lines; ref++) {
    const text = `line ${ref} ${"of a long talk ".repeat(20)}`;
    socket.send({ ...said, ref, clientId: `${ref}`, text });
    if (ref % 100 === 99 || ref === lines - 1) await socket.next("reply", ref);
  }
  socket.send({ ...said, ref: "file", clientId: "file", text: "", files: [file.id] });
  await socket.next("reply", "file");
  socket.close();
  const { events, cursor } = await ada.get("/v1/rooms/general/events?limit=200");
  await server.close({ keep: true });
  // Its coming in, and the file.
  return { ada, file, events, cursor, count: lines + 2 };
}

/** The way to Redis; whoever sends more than so many bytes on it is killed. */
async function startGuard() {
  const guard = { bytes: Number.POSITIVE_INFINITY, kill: () => {} };
  const server = createServer((near) => {
    const far = connect(redis.port, "127.0.0.1");
    const ends: [Socket, Socket] = [near, far];
    for (const end of ends) end.on("error", () => {});
    near.on("close", () => far.destroy());
    far.pipe(near);
    near.on("data", (data) => {
      guard.bytes -= data.length;
      if (guard.bytes < 0) guard.kill();
      else far.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { guard, url: `redis://127.0.0.1:${port}`, close: () => server.close() };
}

test("[OPS20] a move that is killed goes on when it is run again; meanwhile nothing starts at either end, and after it only nodes on the Redis", async () => {
  const folder = join(root, "house");
  const { ada, file, events, cursor, count } = await houseIn(folder, 2_500);
  const { guard, url, close } = await startGuard();
  const place = ["--data", folder, "--redis", url];
  const node = ["--port", "0", "--page", PAGE, ...place];
  for (const bytes of [1_500, 500_000]) {
    const { child, exited } = launch("move", ...place);
    Object.assign(guard, { bytes, kill: () => child.kill("SIGKILL") });
    const { code, stderr } = await exited;
    expect([code, stderr]).toEqual([137, ""]);
    guard.bytes = Number.POSITIVE_INFINITY;
  }
  expect(await refusal("--port", "0", "--data", folder)).toContain("npm start -- move");
  expect(await refusal(...node)).toContain("is being moved to this Redis");

  const { code, stdout, stderr } = await launch("move", ...place).exited;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Going on with moving the house in /);
  expect(stdout).toMatch(/\n  events +2,502  SHA-256 /);
  expect(stdout).toMatch(/\n  files +1\n  bytes +10 /);
  expect(await refusal("--port", "0", "--data", folder)).toContain("was moved to the Redis");

  const started = launch(...node);
  const origin = await started.ready;
  const get = (path: string) =>
    fetch(origin + path, { headers: { authorization: ada.authorization } });
  expect(await (await get(`/v1/files/${file.id}`)).text()).toBe("some bytes");
  const all = await (await get("/v1/rooms/general/events?limit=200")).json();
  expect([all.events, all.cursor]).toEqual([events, cursor]);
  for (let after = cursor, seen = 200; ;) {
    const page = await (await get(`/v1/rooms/general/events?limit=200&after=${after}`)).json();
    if (page.events.length === 0) {
      expect(seen).toBe(count);
      break;
    }
    for (const { seq } of page.events) expect(seq).toBe(++seen);
    expect(page.gap).toBeUndefined();
    after = page.cursor;
  }
  started.child.kill("SIGTERM");
  expect((await started.exited).code).toBe(0);
  close();
});

test("[OPS20] what cannot be moved is refused in one line, and nothing is made or changed", async () => {
  redis.ask("FLUSHALL");
  redis.ask("SET", "theirs", "1");
  const [folder, none] = [join(root, "other"), join(root, "none")];
  await houseIn(folder, 1);
  const before = readdirSync(folder);
  const to = ["--redis", redis.url];
  const [empty, full, wrong] = await Promise.all([
    refusal("move", "--data", none, ...to),
    refusal("move", "--data", folder, ...to),
    refusal("move", "--data", folder, ...to, "--port", "1"),
  ]);
  expect(empty).toMatch(/no house in .*--data/);
  expect(full).toMatch(/not empty \(1 keys\)/);
  expect(wrong).toMatch(/Unknown option '--port'/);
  expect([existsSync(none), readdirSync(folder)]).toEqual([false, before]);
  expect(redis.ask("KEYS", "*")).toBe("theirs");
});
