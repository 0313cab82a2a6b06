import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { StoreError } from "../core/ports.ts";
import { openEmbedded } from "../engine/embedded/engine.ts";
import { openSocket, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, remove } = testServers();

/** Every path, one call of each, good and bad. */
const calls: [method: string, path: string, body?: object][] = [
  ["POST", "/v1/guests", { name: "Eve" }],
  ["POST", "/v1/guests", { name: "" }],
  ["GET", "/v1/sessions"],
  ["DELETE", "/v1/sessions/other"],
  ["GET", "/v1/me"],
  ["GET", "/v1/users/nobody"],
  ["GET", "/v1/rooms"],
  ["GET", "/v1/rooms/general"],
  ["GET", "/v1/rooms/nowhere"],
  ["GET", "/v1/rooms/general/members"],
  ["GET", "/v1/rooms/general/messages"],
  ["GET", "/v1/rooms/general/messages?limit=0"],
  ["POST", "/v1/rooms/general/messages", { clientId: "c", text: "t" }],
  ["POST", "/v1/rooms/general/messages", { clientId: "c", text: "other" }],
  ["PUT", "/v1/rooms/general/messages", {}],
  ["GET", "/v1/rooms/general/messages/1"],
  ["GET", "/v1/rooms/general/messages/3"],
  ["GET", "/v1/rooms/general/events"],
  ["GET", "/v1/rooms/general/events?after=x"],
  ["GET", "/v1/limits"],
  ["GET", "/healthz"],
  ["GET", "/readyz"],
  ["GET", "/metrics"],
  ["GET", "/openapi.json"],
  ["GET", "/v1/nothing"],
  ["HEAD", "/v1/me"],
  ["OPTIONS", "/v1/me"],
  ["DELETE", "/v1/sessions/current"],
  ["GET", "/v1/me"],
];

/** A server whose store fails every call with `broken.fault` while there is one. */
async function startBreakable() {
  const folder = mkdtempSync(join(tmpdir(), "snug-test-"));
  remove(folder);
  const { store, ...engine } = await openEmbedded({ folder, clock: systemClock });
  const broken: { fault: Error | null } = { fault: null };
  const breakable = new Proxy(store, {
    get(_, name) {
      const member: unknown = Reflect.get(store, name);
      if (typeof member !== "function") return member;
      return (...input: unknown[]): unknown =>
        broken.fault ? Promise.reject(broken.fault) : member.apply(store, input);
    },
  });
  return { server: await start({ engine: { ...engine, store: breakable } }), broken };
}

test("[HTTP2] every answer says no-store, errors and streams included", async () => {
  const server = await start();
  const { authorization } = await server.guest("Ada");
  const seen = new Set<number>();
  for (const [method, path, body] of calls) {
    const response = await server.fetch(path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    seen.add(response.status);
    const caching = response.headers.get("cache-control");
    expect([method, path, caching]).toEqual([method, path, "no-store"]);
    await response.arrayBuffer();
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual([200, 201, 204, 400, 401, 404, 405, 409]);
  const stream = await (await server.guest("Bob")).stream();
  expect(stream.response.headers.get("cache-control")).toBe("no-store");
  stream.close();
});

test("[ERR1] every refusal is a problem with type, title, status, detail and code", async () => {
  const server = await start();
  const { authorization } = await server.guest("Ada");
  const refused: string[] = [];
  for (const [method, path, body] of calls) {
    if (method === "HEAD") continue;
    const response = await server.fetch(path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) continue;
    const problem = strictly(answers.Problem, await response.clone().json());
    expect(problem.type).toBe(`urn:snug:error:${problem.code}`);
    expect(problem.title).not.toBe("");
    expect(problem.detail).toMatch(/\S.*\.$/);
    refused.push(await outcome(response));
  }
  expect(refused).toEqual([
    "400 invalid_request name",
    "404 session_not_found",
    "404 user_not_found",
    "404 room_not_found",
    "400 invalid_request limit",
    "409 client_id_conflict clientId",
    "405 method_not_allowed",
    "404 message_not_found",
    "400 invalid_cursor after",
    "404 not_found",
    "401 unauthorized",
  ]);
});

const storeCalls = calls.filter(
  ([method, path]) =>
    path.startsWith("/v1/") && !/nothing|limits/.test(path) && !/PUT|HEAD|OPTIONS/.test(method),
);

function callAll(server: TestServer, authorization: string, list: typeof calls) {
  return Promise.all(
    list.map(async ([method, path, body]) =>
      server.fetch(path, {
        method,
        headers: { authorization, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      }),
    ),
  );
}

test("[ERR3] an unexpected fault is 500 internal_error, tells nothing of it, and is reported", async () => {
  const { server, broken } = await startBreakable();
  const { authorization } = await server.guest("Ada");
  broken.fault = new Error("secret: SELECT token_hash FROM session");
  for (const call of storeCalls) {
    const [response] = await callAll(server, authorization, [call]);
    const text = await response!.clone().text();
    expect(text).not.toMatch(/secret|SELECT|Error:|\.ts|node_modules/);
    // What a check refuses before the store is asked is refused as ever.
    const [, path, body] = call;
    const name = body && "name" in body ? body.name : undefined;
    const expected = name === "" ? "400 invalid_request name" : "500 internal_error";
    expect([path, await outcome(response!)]).toEqual([path, expected]);
    expect(server.faults.splice(0)).toEqual(expected.startsWith("500") ? [broken.fault] : []);
  }
  broken.fault = null;
  const me = await server.fetch("/v1/me", { headers: { authorization } });
  expect(me.status).toBe(200);
});

test.each([
  ["store_unavailable", false, "503 store_unavailable", "Nothing was changed."],
  ["store_unavailable", true, "503 store_unavailable", "It may have been done"],
  ["store_full", false, "507 store_full", "Nothing was changed."],
] as const)(
  "[ERR1] [AVL3] while the store says %s (may be done: %p), calls are refused for now",
  async (code, mayBeDone, told, detail) => {
    const { server, broken } = await startBreakable();
    const { authorization } = await server.guest("Ada");
    broken.fault = new StoreError(code, { mayBeDone });
    const sends = storeCalls.filter(([, , body]) => body && "text" in body && body.text === "t");
    expect(sends).toHaveLength(1);
    for (const response of await callAll(server, authorization, sends)) {
      const problem = strictly(answers.Problem, await response.clone().json());
      expect(problem.retryAfter).toBeGreaterThan(0);
      expect(problem.detail).toStartWith(detail);
      expect(await outcome(response)).toBe(told);
    }
    expect(server.faults.splice(0)).toEqual(sends.map(() => broken.fault));
    broken.fault = null;
    // Nothing took a number, and the same send can be repeated.
    const [again] = await callAll(server, authorization, sends);
    expect(strictly(answers.Message, await again!.json()).message.seq).toBe(2);
  },
);

test("[OPS6] healthz answers 200 while the process lives, readyz while the store can be reached", async () => {
  const { server, broken } = await startBreakable();
  const status = async (path: string) => outcome(await server.fetch(path));
  expect(await (await server.fetch("/readyz")).json()).toMatchObject({ durability: "disk" });
  for (let outage = 0; outage < 2; outage++) {
    expect([await status("/healthz"), await status("/readyz")]).toEqual(["200", "200"]);
    broken.fault = new StoreError("store_unavailable");
    expect(await status("/healthz")).toBe("200");
    expect(await status("/readyz")).toBe("503 store_unavailable");
    expect(server.faults.splice(0)).toEqual([broken.fault]);
    broken.fault = null;
  }
  // Full is not away: all can be read.
  broken.fault = new StoreError("store_full");
  expect(await status("/readyz")).toBe("200");
  expect(server.faults.splice(0)).toEqual([broken.fault]);
  broken.fault = null;
});

/** The samples of a Prometheus text, each of a metric that was described before. */
function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const described = new Set<string>();
  expect(text).toEndWith("\n");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, type] = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line) ?? [];
    if (type !== undefined) described.add(type);
    if (/^# (?:TYPE|HELP) [a-z_]+ \S/.test(line)) continue;
    const sample = /^([a-z_]+)(\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (\S+)$/.exec(line);
    expect([line, sample === null]).toEqual([line, false]);
    const [, name = "", labels = "", value = ""] = sample ?? [];
    expect(described).toContain(name.replace(/_(?:bucket|sum|count)$/, ""));
    expect(Number(value)).not.toBeNaN();
    expect(samples.has(name + labels)).toBe(false);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

test("[OPS7] metrics are Prometheus text that counts what happens, for anybody", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const read = async () => {
    const response = await server.fetch("/metrics");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
    return samplesOf(await response.text());
  };
  const before = await read();
  const open = (samples: Map<string, number>) => [
    samples.get('snug_connections{transport="websocket"}'),
    samples.get('snug_connections{transport="sse"}'),
  ];
  const gaps = 'snug_gaps_total{reason="new_log"}';
  expect([...open(before), before.get(gaps)]).toEqual([0, 0, 0]);

  const socket = await ada.socket();
  const stream = await ada.stream({ after: "elsewhere.1.x" });
  await stream.events(1);
  const during = await read();
  expect([...open(during), during.get(gaps)]).toEqual([1, 1, 1]);
  expect(during.get("snug_faults_total")).toBe(0);
  socket.close();
  stream.close();
});

test("[OPS7] no name, id, text or token is in the metrics", async () => {
  const server = await start();
  const ada = await server.guest("Ada Lovelace");
  const sent = await ada.post("a text nobody else should read", "client-id-of-ada");
  const { message } = strictly(answers.Message, await sent.json());
  await ada.get("/v1/rooms/general/events?after=cursor-of-ada.1.x");
  await ada.get("/v1/rooms/room-of-ada");
  const stream = await ada.stream({ after: "cursor-of-ada.1.x" });
  await stream.events(1);
  const [{ id: session }] = (await ada.get("/v1/sessions")).sessions;
  const text = await (await server.fetch("/metrics")).text();
  for (const secret of [
    "Ada",
    "Lovelace",
    "nobody else",
    "client-id-of-ada",
    "cursor-of-ada",
    "room-of-ada",
    "general",
    ada.user.id,
    ada.token,
    session,
    message.id,
    server.folder,
  ]) {
    expect(text).not.toContain(secret);
  }
  stream.close();
});

const stated = {
  textBytes: 16_384,
  frameBytes: 65_536,
  nameLength: 64,
  topicLength: 1_000,
  avatarLength: 16,
  usernameLeast: 2,
  usernameLength: 32,
  passwordLeast: 8,
  passwordLength: 1_000,
  clientIdLength: 64,
  refLength: 64,
  idLength: 64,
  directMembers: 8,
  capacityMax: 10_000,
  ttlDefault: 600,
  ttlMax: 2_592_000,
  invitesMax: 100,
  inviteUsesMax: 10_000,
  inviteTtlMax: 31_536_000,
  tokensMax: 100,
  goneMs: 2_592_000_000,
  searchLength: 256,
  pageDefault: 50,
  pageMax: 200,
  resumeEvents: 300,
  resumeBytes: 262_144,
  signalBytes: 262_144,
  queueBytes: 1_048_576,
  queueStallMs: 10_000,
  silenceMs: 35_000,
  helloMs: 5_000,
  heartbeatMs: 15_000,
  commitWindowMs: 13,
  sessionIdleMs: 7_776_000_000,
  reactionKinds: 50,
  reactionsMax: 1_000,
  pinsMax: 100,
  editsMax: 100,
  exportFiles: 60_000,
  exportsAtOnce: 2,
  exportsBurst: 6,
  exportsPerMinute: 6,
  fileBytes: 26_214_400,
  fileBytesPerUser: 1_073_741_824,
  fileBytesInAll: 10_737_418_240,
  fileNameLength: 128,
  filesPerMessage: 10,
  unpostedFileMs: 259_200_000,
  uploadMs: 3_600_000,
  uploadsAtOnce: 6,
  uploadsPerMinute: 60,
  uploadsBurst: 60,
  picturePixels: 40_000_000,
  pictureBytes: 26_214_400,
  previewSide: 960,
  fileLinkMs: 86_400_000,
  mentionsMax: 50,
  receiptsMax: 50,
  presenceMax: 200,
  readBackMax: 10_000,
  typingMs: 6_000,
  leaveMs: 3_500,
  nodeLeaseMs: 12_000,
  nodeLookMs: 2_000,
  typingPerSecond: 2,
  typingBurst: 10,
  sendsPerSecond: 20,
  sendsBurst: 60,
  roomSendsPerSecond: 200,
  roomSendsBurst: 1_000,
  openingsPerSecond: 50,
  openingsBurst: 500,
  readsPerSecond: 100,
  readsBurst: 500,
  searchesPerSecond: 5,
  searchesBurst: 30,
  creationsPerMinute: 30,
  creationsBurst: 30,
  newcomersPerMinute: 60,
  newcomersBurst: 300,
  connectionsPerUser: 100,
  connectionsPerAddress: 10_000,
  passwordTries: 5,
  passwordTriesPerAddress: 20,
  passwordQueue: 64,
  passwordWaitMs: 60_000,
  passwordMemoryMs: 3_600_000,
};

test("[LIM1] every limit has a row of its own in the protocol document", async () => {
  const document = Bun.file(new URL("../../../../docs/protocol.md", import.meta.url));
  const rows = (await document.text()).split("\n").filter((line) => /^\|.*\| ✅ +\|$/.test(line));
  const named = rows.flatMap((row) => [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)]);
  const names = named.flatMap(([, name = ""]) => (name in limits ? [name] : []));
  expect(names.toSorted()).toEqual(Object.keys(limits).toSorted());
});

test("[LIM1] the limits in force are told to anybody, and in welcome", async () => {
  const server = await start();
  const response = await server.fetch("/v1/limits");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(stated);
  expect(limits as object).toEqual(stated);

  const { token } = await server.guest("Ada");
  const socket = await openSocket(server.url);
  socket.send({ type: "hello", token });
  expect((await socket.next("welcome"))["limits"]).toEqual(stated);
  socket.close();
});

test("[OPS12] /v1/doors says to anybody who may come in how", async () => {
  const demo = [{ username: "ada", name: "Ada", password: "correct horse" }];
  const server = await start({ guests: "invite", signUp: "off", demo });
  const doors = await (await server.fetch("/v1/doors")).json();
  expect(strictly(answers.Doors, doors)).toEqual({ guests: "invite", signUp: "off", demo });
  const open = await (await (await start()).fetch("/v1/doors")).json();
  expect(open).toEqual({ guests: "open", signUp: "open", demo: [] });
});
