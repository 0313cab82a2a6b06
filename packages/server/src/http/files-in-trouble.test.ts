import { expect, test } from "bun:test";
import { limits, type SharedFile } from "@snug/protocol";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { StoreError, type Blobs, type Engine } from "../core/ports.ts";
import { openEmbedded } from "../engine/embedded/engine.ts";
import type { TestGuest, TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start, remove } = testServers();

/** A server whose bytes can be in trouble, and what is there of them. */
async function house(options: Parameters<typeof start>[0] = {}) {
  const folder = mkdtempSync(join(tmpdir(), "snug-files-"));
  remove(folder);
  const engine = await openEmbedded({ folder, clock: systemClock });
  const names = new Set<string>();
  const trouble = {
    put: null as Error | null,
    remove: null as Error | null,
    wait: null as unknown,
  };
  const blobs: Blobs = {
    ...engine.blobs,
    async put(name, bytes) {
      names.add(name);
      const size = await engine.blobs.put(name, bytes);
      if (trouble.put) throw trouble.put;
      return size;
    },
    async remove(name) {
      await trouble.wait;
      if (trouble.remove) throw trouble.remove;
      await engine.blobs.remove(name);
      names.delete(name);
    },
  };
  const watched: Engine = { ...engine, blobs, close: () => engine.close() };
  const server = await start({ ...options, folder, engine: watched });
  const ada = await server.guest("Ada");
  return { server, ada, names, trouble };
}

/** A body that stands still after its first bytes, until it is told to end. */
function standing() {
  let end = () => {};
  const body = new ReadableStream({
    start(control) {
      control.enqueue(new Uint8Array(70_000));
      end = () => {
        control.enqueue(new Uint8Array(1));
        control.close();
      };
    },
  });
  return { body, end: () => end() };
}

const uploading = (
  server: TestServer,
  { authorization }: Pick<TestGuest, "authorization">,
  body: BodyInit,
  room = "general",
) => server.fetch(`/v1/rooms/${room}/files`, { method: "POST", headers: { authorization }, body });

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 3_000; !(await holds()); await Bun.sleep(10))
    if (Date.now() > end) throw new Error(`never so: ${String(holds)}`);
}

test("[FIL1] [ACC3] whoever is signed out, or whose room ends, before the last byte has uploaded nothing", async () => {
  const { server, ada, names } = await house();
  const token = (await (await ada.call("POST", "/v1/tokens", {})).json()) as {
    id: string;
    token: string;
  };
  const room = await ada.room("private", { name: "den" });
  const program = { authorization: `Bearer ${token.token}` };
  for (const [place, end, expected] of [
    ["general", () => ada.call("DELETE", `/v1/tokens/${token.id}`), "401 unauthorized"],
    [room, () => ada.call("DELETE", `/v1/rooms/${room}`), "410 room_gone"],
  ] as const) {
    const { body, end: endBody } = standing();
    const sending = uploading(server, place === room ? ada : program, body, place);
    await until(() => names.size === 1);
    await end();
    endBody();
    expect(await outcome(await sending)).toBe(expected);
    await until(() => names.size === 0);
    await until(async () => (await server.engine.store.lostFiles()).length === 0);
  }
});

test("[FIL1] what is lost in the moment in which it begins is removed when its last byte has come", async () => {
  const { server, ada, names, trouble } = await house();
  const room = await ada.room("private", { name: "den" });
  const { store } = server.engine;
  const begin = store.beginFile.bind(store);
  store.beginFile = async (...about) => {
    const begun = await begin(...about);
    await store.destroyRoom(about[0].room);
    return begun;
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  trouble.wait = promise;
  const { body, end } = standing();
  const sending = uploading(server, ada, body, room);
  await until(() => names.size === 1);
  resolve();
  await Bun.sleep(50);
  end();
  expect(await outcome(await sending)).toBe("410 room_gone");
  await until(async () => names.size === 0 && (await store.lostFiles()).length === 0);
});

test("[FIL1] where another node took away what had come of a file in a room that is gone, its sender is told that it is gone", async () => {
  const { server, ada, names, trouble } = await house();
  const room = await ada.room("private", { name: "den" });
  const { body, end } = standing();
  const sending = uploading(server, ada, body, room);
  await until(() => names.size === 1);
  expect((await ada.call("DELETE", `/v1/rooms/${room}`)).status).toBe(204);
  trouble.put = new Error("ENOENT: no such file or directory");
  end();
  expect(await outcome(await sending)).toBe("410 room_gone");
  expect(server.faults).toEqual([]);
});

test("[AVL3] while bytes cannot be kept, uploads say so and leave nothing; what cannot be removed is, later", async () => {
  const { server, ada, names, trouble } = await house();
  const { store } = server.engine;
  for (const code of ["store_full", "store_unavailable"] as const) {
    trouble.put = new StoreError(code);
    expect(await outcome(await uploading(server, ada, "x"))).toEndWith(code);
    await until(() => names.size === 0);
  }
  trouble.put = null;
  const uploaded = await uploading(server, ada, "x");
  const { file } = (await uploaded.json()) as { file: SharedFile };
  trouble.remove = new StoreError("store_unavailable");
  expect((await ada.call("DELETE", `/v1/files/${file.id}`)).status).toBe(204);
  expect(await outcome(await ada.call("GET", `/v1/files/${file.id}`))).toBe("404 file_not_found");
  await until(() => server.faults.includes(trouble.remove));
  expect(await store.lostFiles()).toEqual([file.id]);
  trouble.remove = null;
  await until(async () => names.size === 0 && (await store.lostFiles()).length === 0);
  expect(server.faults.splice(0).every((fault) => fault instanceof StoreError)).toBe(true);
});

test("[FIL1] [AVL1] a body may come as slowly as a weak line brings it: a file's, and a long message's", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const text = "x".repeat(14_000);
  const slowly = (whole: string) =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let at = 0; at < whole.length; at += 1_000) {
          controller.enqueue(Buffer.from(whole.slice(at, at + 1_000)));
          await Bun.sleep(1_000);
        }
        controller.close();
      },
    });
  const headers = { authorization: ada.authorization, "content-type": "application/json" };
  const body = slowly(JSON.stringify({ clientId: "c", text }));
  const [uploaded, posted] = await Promise.all([
    uploading(server, ada, slowly(text)),
    server.fetch("/v1/rooms/general/messages", { method: "POST", headers, body }),
  ]);
  expect([await outcome(uploaded), await outcome(posted)]).toEqual(["201", "201"]);
}, 30_000);

test("[LIM8] [LIM7] one user has so many uploads under way, and so many in a time", async () => {
  let passed = 0;
  const clock = { ...systemClock, elapsed: () => passed };
  const { server, ada, names } = await house({ rateLimits: "on", clock });
  const bob = await server.guest("Bob");
  const bodies = Array.from({ length: limits.uploadsAtOnce }, standing);
  const going = bodies.map(({ body }) => uploading(server, ada, body));
  await until(() => names.size === limits.uploadsAtOnce);
  const refused = await uploading(server, ada, "x");
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(await outcome(refused)).toBe("429 rate_limited");
  expect((await uploading(server, bob, "x")).status).toBe(201);
  for (const { end } of bodies) end();
  expect((await Promise.all(going)).map(({ status }) => status)).toEqual(bodies.map(() => 201));
  for (let sent = limits.uploadsAtOnce + 1; sent < limits.uploadsBurst; sent++)
    expect((await uploading(server, ada, "x")).status).toBe(201);
  expect(await outcome(await uploading(server, ada, "x"))).toBe("429 rate_limited");
  passed += 60_000 / limits.uploadsPerMinute;
  expect((await uploading(server, ada, "x")).status).toBe(201);
});
