import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { limits, type RoomId } from "@snug/protocol";
import fc from "fast-check";
import { systemClock } from "../clock.ts";
import { openMemory } from "../engine/memory/engine.ts";
import { joining } from "../engine/contract/stage.ts";
import { newRoom, newSession, newUser, posting } from "../fixtures.ts";
import { ManualClock } from "../manual-clock.ts";
import {
  isAside,
  openSocket,
  startTestServer,
  type Frame,
  type TestGuest,
  type TestServer,
} from "../testing.ts";

const SIDE = "side" as RoomId;
const FRAME = 64 * 1024;
let server: TestServer;
let ada: TestGuest;
let bob: TestGuest;

beforeAll(async () => {
  server = await startTestServer();
  [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  // A second room: a connection serves any number.
  const { store } = server.engine;
  await store.addUser(newUser("host"), newSession("host"), []);
  await store.addRoom(newRoom(SIDE, { name: "side" }), [joining(SIDE, "host")]);
});
afterAll(async () => {
  await server.close();
  expect(server.faults).toEqual([]);
});

type Socket = Awaited<ReturnType<typeof openSocket>>;
const cookie = (token: string) => `snug_session=${token}`;
const head = async () => (await ada.get("/v1/rooms/general")).room as { seq: number };
const append = (room: RoomId, text: string) =>
  server.engine.store.append(posting(room, room === SIDE ? "host" : ada.user.id, text, null));
/** Everything that is on its way to this socket has come when its ping is answered. */
const settled = (socket: Socket) => socket.ask({ type: "ping" });

test("[WS1] a cookie that comes with the server's own origin is greeted at once", async () => {
  const socket = await openSocket(server.url, { cookie: cookie(ada.token), origin: server.url });
  expect(await socket.next("welcome")).toEqual({
    type: "welcome",
    user: ada.user,
    limits: expect.objectContaining(limits),
  });
  expect(await socket.ask({ type: "open-room", ref: 1, room: "general" })).toMatchObject({
    ok: true,
  });
  socket.close();
});

test("[WS1] a cookie with another origin, or with none, is ignored, or where a hello is announced: that decides", async () => {
  for (const [origin, query] of [
    ["https://evil.example"],
    ["null"],
    [server.url.replace("http", "https")],
    [""],
    [server.url, "?hello"],
  ] as const) {
    const headers = { cookie: cookie(ada.token), ...(origin && { origin }) };
    const socket = await openSocket(server.url, headers, query);
    expect(await socket.ask({ type: "open-room", room: "general" })).toMatchObject({
      ok: false,
      error: { code: "unauthorized" },
    });
    expect(socket.frames).toEqual([]);
    socket.send({ type: "hello", token: bob.token });
    expect((await socket.next("welcome"))["user"]).toEqual(bob.user);
    socket.close();
  }
});

test("[WS1] a cookie that is not valid is ignored too", async () => {
  const gone = await server.guest("Gone");
  expect((await gone.call("DELETE", "/v1/sessions/current")).status).toBe(204);
  for (const token of ["nonsense", "", gone.token]) {
    const socket = await openSocket(server.url, { cookie: cookie(token), origin: server.url });
    expect((await socket.ask({ type: "ping" }))["error"]).toMatchObject({ code: "unauthorized" });
    expect(socket.frames).toEqual([]);
    socket.close();
  }
});

test("[WS1] with a public address, that is the own origin, and the listener's is not", async () => {
  const engine = openMemory({ clock: systemClock });
  const away = await startTestServer({ engine, origin: "https://chat.example" });
  const cat = await away.guest("Cat");
  const greeted = await openSocket(away.url, {
    cookie: cookie(cat.token),
    origin: "https://chat.example",
  });
  expect((await greeted.next("welcome"))["user"]).toEqual(cat.user);
  const ignored = await openSocket(away.url, { cookie: cookie(cat.token), origin: away.url });
  expect((await ignored.ask({ type: "ping" }))["error"]).toMatchObject({ code: "unauthorized" });
  greeted.close();
  ignored.close();
  await away.close();
  expect(away.faults).toEqual([]);
});

test("[WS2] [LIM1] hello with a token gets a welcome with the user and the limits in force", async () => {
  const socket = await openSocket(server.url);
  socket.send({ type: "hello", token: ada.token });
  const welcome = await socket.next("welcome");
  expect(welcome).toEqual({
    type: "welcome",
    user: ada.user,
    limits: expect.objectContaining(limits),
  });
  const published: unknown = await (await server.fetch("/v1/limits")).json();
  expect(welcome["limits"]).toEqual(published);
  socket.close();
});

test("[WS2] [WS4] commands may follow hello at once, and are answered in order", async () => {
  const socket = await openSocket(server.url);
  socket.send({ type: "hello", token: ada.token });
  const cursor = (await ada.get("/v1/rooms/general")).room.cursor as string;
  socket.send({ type: "open-room", ref: 1, room: "general", after: cursor });
  socket.send({ type: "ping", ref: 2 });
  socket.send({ type: "post-message", ref: 3, room: "general", clientId: "swift", text: "swift" });
  await socket.next("events");
  const posted = await socket.next("reply", 3);
  expect(posted).toMatchObject({ ok: true, message: { text: "swift" } });
  expect(socket.frames.map((frame) => [frame["type"], frame["ref"], frame["ok"]])).toEqual([
    ["welcome", undefined, undefined],
    ["reply", 1, true],
    ["reply", 2, true],
  ]);
  socket.close();
});

test("[WS2] a token that is not valid closes with 4401", async () => {
  const gone = await server.guest("Gone");
  await gone.call("DELETE", "/v1/sessions/current");
  for (const token of ["", "nonsense", `${ada.token}x`, ada.token.slice(1), gone.token, "\0"]) {
    const socket = await openSocket(server.url);
    socket.send({ type: "hello", token });
    expect((await socket.closed).code).toBe(4401);
    expect(socket.frames).toEqual([]);
  }
});

test("[WS2] no hello for 5 s closes with 4401, whatever else was sent; a hello in time stays", async () => {
  const clock = new ManualClock();
  const engine = openMemory({ clock: systemClock });
  const slow = await startTestServer({
    engine,
    clock: { ...systemClock, elapsed: clock.elapsed, after: (...timer) => clock.after(...timer) },
  });
  const dan = await slow.guest("Dan");
  const [silent, chatty, polite] = [
    await openSocket(slow.url),
    await openSocket(slow.url),
    await openSocket(slow.url),
  ];
  clock.advance(4_999);
  for (const socket of [chatty, silent, polite]) await settled(socket);
  polite.send({ type: "hello", token: dan.token });
  await polite.next("welcome");
  clock.advance(1);
  expect((await silent.closed).code).toBe(4401);
  expect((await chatty.closed).code).toBe(4401);
  clock.advance(30_000);
  expect(await polite.ask({ type: "ping" })).toMatchObject({ ok: true });
  polite.close();
  await slow.close();
  expect(slow.faults).toEqual([]);
});

test("[WS3] a command before hello is refused as unauthorized, and nothing is done", async () => {
  const before = await head();
  const socket = await openSocket(server.url);
  for (const command of [
    { type: "open-room", room: "general" },
    { type: "open-room", room: "nowhere" },
    { type: "close-room", room: "general" },
    { type: "post-message", room: "general", clientId: "early", text: "early" },
    { type: "ping" },
    { type: "nonsense" },
  ]) {
    expect(await socket.ask(command)).toMatchObject({
      ok: false,
      error: { code: "unauthorized", detail: expect.any(String) },
    });
  }
  expect(await head()).toEqual(before);
  socket.send({ type: "hello", token: ada.token });
  await socket.next("welcome");
  await bob.post("not for a room that was not opened");
  await settled(socket);
  expect(socket.frames).toEqual([]);
  socket.close();
});

test("[WS4] every usable ref comes back as it was", async () => {
  const socket = await ada.socket();
  const refs = [
    0,
    1,
    -1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    "a",
    "1",
    " ",
    "null",
    '"\\\u0001\u2028</script>',
    "x".repeat(64),
    "é".repeat(64),
  ];
  for (const ref of refs) {
    expect(await socket.ask({ type: "ping", ref })).toEqual({ type: "reply", ref, ok: true });
    const refused = await socket.ask({ type: "nonsense", ref });
    expect(refused).toMatchObject({ type: "reply", ref, ok: false });
  }
  socket.close();
});

test("[WS4] a ref has up to 64 characters, however many bytes each takes", async () => {
  const socket = await ada.socket();
  const ref = "😀".repeat(64);
  socket.send({ type: "ping", ref });
  expect(await Promise.race([socket.next("reply", ref), socket.closed])).toEqual({
    type: "reply",
    ref,
    ok: true,
  });
  socket.send({ type: "ping", ref: `${ref}😀` });
  expect((await socket.closed).code).toBe(4400);
});

test("[WS4] [ERR2] [LIM2] a refusal has HTTP's code, detail and field, and the connection stays", async () => {
  const socket = await ada.socket();
  const post = { type: "post-message", room: "general", clientId: "taken", text: "first" };
  const first = await socket.ask(post);
  expect(first).toMatchObject({ ok: true, message: { text: "first", clientId: "taken" } });
  const cases: [Frame, number, string, string | undefined][] = [
    [{ ...post, room: "nowhere" }, 404, "room_not_found", undefined],
    [{ ...post, room: "no such form!" }, 404, "room_not_found", undefined],
    [{ ...post, room: SIDE }, 403, "forbidden", undefined],
    [{ ...post, text: "second" }, 409, "client_id_conflict", "clientId"],
    [{ ...post, clientId: "n", text: "" }, 400, "invalid_request", "text"],
    [{ ...post, clientId: "n", text: `${"é".repeat(8 * 1024)}x` }, 413, "too_large", "text"],
    [{ ...post, clientId: "" }, 400, "invalid_request", "clientId"],
    [{ ...post, clientId: "x".repeat(65) }, 400, "invalid_request", "clientId"],
  ];
  for (const [command, status, code, field] of cases) {
    const { error, ...reply } = await socket.ask({ ref: 7, ...command });
    expect(reply).toEqual({ type: "reply", ref: 7, ok: false });
    const { type: _, room, ...body } = command;
    const path = `/v1/rooms/${encodeURIComponent(String(room))}/messages`;
    const answer = await ada.call("POST", path, body);
    const problem = (await answer.json()) as Frame;
    expect(error).toMatchObject({ code, detail: expect.any(String) });
    expect([answer.status, problem["code"], error.field]).toEqual([status, code, field]);
    expect([error.detail, error.field]).toEqual([problem["detail"], problem["field"]]);
  }
  expect(await socket.ask({ ...post, clientId: "most", text: "é".repeat(8 * 1024) })).toMatchObject(
    { ok: true },
  );
  expect(await socket.ask(post)).toMatchObject({ ok: true, message: first["message"] });
  socket.close();
});

const shapes: Record<string, Frame> = {
  "open-room": { type: "open-room", room: "general", after: "e.1.x" },
  "close-room": { type: "close-room", room: "general" },
  "post-message": { type: "post-message", room: "general", clientId: "c", text: "t" },
  ping: { type: "ping" },
};

test("[WS5] [AVL1] a wrong type in any field of any command gets a reply that names the field", async () => {
  const socket = await ada.socket();
  const before = await head();
  for (const shape of Object.values(shapes)) {
    for (const field of Object.keys(shape)) {
      for (const wrong of [null, true, false, 0, 1.5, -1, [], ["general"], {}, { id: "general" }]) {
        const reply = await socket.ask({ ...shape, [field]: wrong, ref: 1 });
        expect([shape["type"], reply]).toEqual([
          shape["type"],
          {
            type: "reply",
            ref: 1,
            ok: false,
            error: { code: "invalid_request", detail: expect.any(String), field },
          },
        ]);
      }
      if (field === "after") continue;
      const { [field]: _, ...without } = shape;
      expect(await socket.ask(without)).toMatchObject({
        ok: false,
        error: { code: "invalid_request", field },
      });
    }
  }
  for (const type of ["hello", "welcome", "", "Ping", "ping ", "toString", "__proto__"]) {
    expect(await socket.ask({ type })).toMatchObject({
      ok: false,
      error: { code: "invalid_request", field: "type" },
    });
  }
  expect(await head()).toEqual(before);
  expect(await socket.ask({ type: "ping", more: { than: "known" } })).toMatchObject({ ok: true });
  socket.close();
});

test("[WS5] whatever stands beside a usable ref, there is a reply", async () => {
  const socket = await ada.socket();
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: "binary" }));
  const types = fc.constantFrom(...Object.keys(shapes), "nonsense", undefined);
  // Nothing that could be a real post: this test is about what is wrong.
  const frame = fc.record(
    { type: types, room: value, after: value, clientId: value, text: fc.constant(""), x: value },
    { requiredKeys: [] },
  );
  const before = await head();
  await fc.assert(
    fc.asyncProperty(frame, async (fields) => {
      const reply = await socket.ask({ ...fields, ref: crypto.randomUUID() });
      expect(Object.keys(reply).slice(0, 3)).toEqual(["type", "ref", "ok"]);
      if (!reply["ok"]) expect(reply["error"].detail).toBeString();
    }),
    { numRuns: 300 },
  );
  const deep = `{"ref":"deep","type":"ping","x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
  socket.send(deep);
  expect(await socket.next("reply", "deep")).toMatchObject({ ok: true });
  expect(await head()).toEqual(before);
  socket.close();
});

test("[WS5] any other frame closes with 4400, before and after hello", async () => {
  const wrong: (string | Uint8Array<ArrayBuffer>)[] = [
    "",
    " ",
    "{",
    "hello",
    '{"ref":1,}',
    "{'ref':1}",
    "null",
    "1",
    '"text"',
    "[]",
    '[{"ref":1}]',
    "{}",
    '{"type":"ping"}',
    ...["null", "true", "1.5", '""', "[]", "[1]", "{}", `"${"x".repeat(65)}"`, "1e400"].map(
      (ref) => `{"type":"ping","ref":${ref}}`,
    ),
    new Uint8Array(0),
    new Uint8Array([1, 2, 3]),
    new TextEncoder().encode('{"type":"ping","ref":1}'),
  ];
  for (const frame of wrong) {
    for (const socket of [await openSocket(server.url), await ada.socket()]) {
      socket.raw.send(frame);
      expect([frame, (await socket.closed).code]).toEqual([frame, 4400]);
      expect(socket.frames).toEqual([]);
    }
  }
});

test("[WS6] without a cursor comes only what happens after the reply's cursor", async () => {
  const socket = await ada.socket();
  await ada.post("before");
  const reply = await socket.ask({ type: "open-room", ref: 1, room: "general" });
  const room = (await ada.get("/v1/rooms/general")).room;
  expect(reply).toEqual({ type: "reply", ref: 1, ok: true, room, cursor: room.cursor });
  await bob.post("after");
  const frame = await socket.next("events");
  expect(frame["events"].map((event: Frame) => [event["seq"], event["text"]])).toEqual([
    [room.seq + 1, "after"],
  ]);
  expect(socket.frames).toEqual([]);
  socket.close();
});

test("[WS6] with a cursor the reply comes first, then what is missing, then what is live", async () => {
  const { cursor } = await ada.get("/v1/rooms/general/messages?limit=1");
  for (const text of ["one", "two", "three"]) await bob.post(text);
  const socket = await ada.socket();
  const order: string[] = [];
  socket.raw.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (isAside(frame)) return;
    order.push(...(frame["events"]?.map((event: Frame) => event["text"]) ?? [frame["type"]]));
  });
  const reply = await socket.ask({ type: "open-room", room: "general", after: cursor });
  expect(reply["cursor"]).toBe(reply["room"].cursor);
  await bob.post("four");
  await socket.events(4);
  expect(order).toEqual(["reply", "one", "two", "three", "four"]);
  socket.close();
});

test("[WS6] a room that is opened again goes on from its new cursor", async () => {
  const socket = await ada.socket();
  const { cursor } = await socket.ask({ type: "open-room", room: "general" });
  await bob.post("again");
  await socket.events(1);
  await socket.ask({ type: "open-room", room: "general", after: cursor });
  expect((await socket.events(1)).map((event) => event["text"])).toEqual(["again"]);
  await bob.post("once");
  expect((await socket.events(1)).map((event) => event["text"])).toEqual(["once"]);
  await settled(socket);
  expect(socket.frames).toEqual([]);
  socket.close();
});

test("[WS6] [ACC2] a room that is not there cannot be opened, and nothing of it comes", async () => {
  const socket = await ada.socket();
  for (const room of ["nowhere", "General", "", "no such form", "x".repeat(65), "../general"]) {
    expect(await socket.ask({ type: "open-room", room })).toMatchObject({
      ok: false,
      error: {
        code: "room_not_found",
        detail: "There is no room of this id, or it is not open to you.",
      },
    });
  }
  await bob.post("unseen");
  await settled(socket);
  expect(socket.frames).toEqual([]);
  socket.close();
});

test("[WS7] an events frame has four members, and is the same text for everybody", async () => {
  const watchers = [await ada.socket(), await ada.socket(), await bob.socket()];
  const texts = watchers.map((watcher) => {
    const seen: string[] = [];
    watcher.raw.addEventListener("message", ({ data }) => {
      if (String(data).startsWith('{"type":"events"')) seen.push(String(data));
    });
    return seen;
  });
  for (const watcher of watchers) await watcher.ask({ type: "open-room", room: "general" });
  await Promise.all(Array.from({ length: 60 }, (_, index) => ada.post(`${index}`)));
  for (const watcher of watchers) await watcher.events(60);
  expect(texts[1]).toEqual(texts[0] ?? []);
  expect(texts[2]).toEqual(texts[0] ?? []);
  let last = 0;
  for (const text of texts[0] ?? []) {
    const frame = JSON.parse(text) as Frame;
    expect(Object.keys(frame).sort()).toEqual(["cursor", "events", "room", "type"]);
    expect(frame["room"]).toBe("general");
    for (const { seq } of frame["events"]) {
      if (last > 0) expect(seq).toBe(last + 1);
      last = seq;
    }
    const { seq, id } = frame["events"].at(-1);
    expect(frame["cursor"].split(".").slice(1)).toEqual([String(seq), id]);
  }
  for (const watcher of watchers) watcher.close();
});

test("[WS8] after the reply to close-room nothing of that room comes, and other rooms go on", async () => {
  const socket = await ada.socket();
  for (const room of ["general", SIDE]) await socket.ask({ type: "open-room", room });
  await bob.post("heard");
  await append(SIDE, "heard aside");
  const heard = [await socket.next("events"), await socket.next("events")];
  expect(new Set(heard.map((frame) => frame["room"]))).toEqual(new Set(["general", SIDE]));

  // Others post all the while.
  let on = true;
  const posting = (async () => {
    while (on) await bob.post("meanwhile");
  })();
  expect(await socket.ask({ type: "close-room", ref: 9, room: "general" })).toEqual({
    type: "reply",
    ref: 9,
    ok: true,
  });
  socket.frames.length = 0;
  for (let count = 0; count < 5; count++) {
    await bob.post("unheard");
    await append(SIDE, `aside ${count}`);
  }
  on = false;
  await posting;
  const aside = await socket.events(5);
  expect(aside.map((event) => event["text"])).toEqual([0, 1, 2, 3, 4].map((n) => `aside ${n}`));
  await settled(socket);
  expect(socket.frames).toEqual([]);
  expect(await socket.ask({ type: "close-room", room: "general" })).toMatchObject({ ok: true });
  expect(await socket.ask({ type: "close-room", room: "nowhere" })).toMatchObject({ ok: true });
  socket.close();
});

test("[ORD3] what is sent on one socket without waiting appears in the order sent", async () => {
  const [socket, watcher] = [await ada.socket(), await bob.socket()];
  await watcher.ask({ type: "open-room", room: "general" });
  const count = 600;
  const sent = Array.from({ length: count }, (_, index) => `pipelined ${index}`);
  for (const [ref, text] of sent.entries()) {
    socket.send({ type: "post-message", ref, room: "general", clientId: `p-${ref}`, text });
  }
  const seen = (await watcher.events(count)).map((event) => event["text"]);
  expect(seen).toEqual(sent);
  const seqs: number[] = [];
  for (let ref = 0; ref < count; ref++)
    seqs.push((await socket.next("reply", ref))["message"].seq as number);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  socket.close();
  watcher.close();
});

test("[ORD4] what is sent after an answer comes after it, over whatever doors", async () => {
  const socket = await ada.socket();
  const seqs: number[] = [];
  for (let round = 0; round < 10; round++) {
    const body = { clientId: crypto.randomUUID(), text: "hop" };
    const first = await socket.ask({ type: "post-message", room: "general", ...body });
    seqs.push(first["message"].seq);
    const second = (await (await ada.post("skip")).json()) as Frame;
    seqs.push(second["message"].seq);
  }
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect(new Set(seqs).size).toBe(20);
  socket.close();
});

test("[LIM3] a frame of 64 KiB is read, and one byte more closes with 1009", async () => {
  const envelope = '{"type":"ping","ref":1,"x":""}'.length;
  const frame = (bytes: number, unit = "x") => {
    const room = bytes - envelope;
    const size = Buffer.byteLength(unit);
    const x = unit.repeat(Math.floor(room / size)) + "y".repeat(room % size);
    return `{"type":"ping","ref":1,"x":"${x}"}`;
  };
  for (const unit of ["x", "é", "😀"]) {
    const socket = await ada.socket();
    const fits = frame(FRAME, unit);
    expect(Buffer.byteLength(fits)).toBe(FRAME);
    socket.send(fits);
    expect(await socket.next("reply", 1)).toMatchObject({ ok: true });
    socket.send(frame(FRAME + 1, unit));
    expect((await socket.closed).code).toBe(1009);
  }
  for (const bytes of [FRAME + 1, 4 * 1024 * 1024]) {
    const stranger = await openSocket(server.url);
    stranger.send("x".repeat(bytes));
    expect((await stranger.closed).code).toBe(1009);
  }
});

test("[LIM3] [AVL2] bytes that no WebSocket client sends end that connection alone", async () => {
  const witness = await bob.socket();
  await witness.ask({ type: "open-room", room: "general" });
  const cases: [string, Buffer[], number | null][] = [
    ["64 KiB and one byte", [masked(1, Buffer.alloc(FRAME + 1, "x"))], 1009],
    [
      "fragments of more than 64 KiB",
      [masked(1, Buffer.alloc(40_000, "x"), 0), masked(0, Buffer.alloc(40_000, "x"))],
      1009,
    ],
    [
      "a length of 2^63",
      [Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
      1009,
    ],
    ["text that is not UTF-8", [masked(1, Buffer.from([0xff, 0xfe]))], 1007],
    ["an unmasked frame", [Buffer.from([0x81, 2, 0x7b, 0x7d])], 1002],
    ["a reserved opcode", [masked(3, Buffer.alloc(0))], 1002],
    ["reserved bits", [Buffer.from([0xf1, 0x80, 0, 0, 0, 0])], 1002],
    ["a continuation of nothing", [masked(0, Buffer.from("{}"))], 1002],
    ["a ping that is too long", [masked(9, Buffer.alloc(126))], 1002],
    ["HTTP", [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")], 1002],
    ["an empty text", [masked(1, Buffer.alloc(0))], 4400],
    ["noise", [Buffer.from(crypto.getRandomValues(new Uint8Array(4_096)))], null],
    ["half a frame, and then nothing", [masked(1, Buffer.alloc(1_000)).subarray(0, 500)], null],
  ];
  for (const [name, bytes, code] of cases) {
    const raw = await rawSocket();
    for (const part of bytes) raw.write(part);
    if (code === null) raw.destroy();
    else expect([name, await raw.closeCode]).toEqual([name, code]);
  }
  // A handshake that is none.
  for (const text of ["\r\n\r\n", "GET /v1/socket\r\n\r\n", "GET /v1/socket HTTP/1.1\r\nUpgra"]) {
    const { hostname, port } = new URL(server.url);
    const raw = connect(Number(port), hostname);
    raw.on("error", () => {});
    await new Promise((resolve) => raw.write(text, resolve));
    raw.destroy();
  }
  await ada.post("all is well");
  expect((await witness.events(1)).map((event) => event["text"])).toEqual(["all is well"]);
  await settled(witness);
  expect(witness.frames).toEqual([]);
  expect((await server.fetch("/healthz")).status).toBe(200);
  expect(server.faults).toEqual([]);
  witness.close();
});

test("a handshake that does not ask for the upgrade is none, and no subprotocol is agreed to", async () => {
  const answerTo = async (...headers: string[]) => {
    const { hostname, port, host } = new URL(server.url);
    const raw = connect(Number(port), hostname);
    raw.write(
      `GET /v1/socket HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\n${headers.join("\r\n")}\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const { promise, resolve } = Promise.withResolvers<string>();
    raw.once("data", (bytes: Buffer) => resolve(bytes.toString("latin1")));
    const head = await promise;
    raw.destroy();
    return head;
  };
  expect(await answerTo("X-Nothing: here")).toStartWith("HTTP/1.1 400 ");
  expect(await answerTo("Connection: keep-alive")).toStartWith("HTTP/1.1 400 ");
  expect(await answerTo("Connection: keep-alive, Upgrade")).toStartWith("HTTP/1.1 101 ");
  const offered = await answerTo("Connection: upgrade", "Sec-WebSocket-Protocol: chat, other");
  expect(offered).toStartWith("HTTP/1.1 101 ");
  expect(offered.toLowerCase()).not.toContain("sec-websocket-protocol");
});

test("[WS5] [ORD3] what was sent before a bad frame is done, and what comes after it is not", async () => {
  const { seq } = await head();
  const socket = await ada.socket();
  const post = (text: string) =>
    socket.send({ type: "post-message", ref: text, room: "general", clientId: text, text });
  for (const text of ["one", "two", "three"]) post(text);
  socket.send("not JSON");
  for (const text of ["four", "five"]) post(text);
  expect((await socket.closed).code).toBe(4400);
  const page = await ada.get("/v1/rooms/general/messages?limit=5");
  const texts = page.messages.filter((one: Frame) => one["seq"] > seq);
  expect(texts.map((one: Frame) => one["text"])).toEqual(["one", "two", "three"]);
});

test("[AVL2] sockets that vanish in the midst of their commands leave no trace", async () => {
  const witness = await bob.socket();
  const { cursor } = await witness.ask({ type: "open-room", room: "general" });
  for (let round = 0; round < 10; round++) {
    const socket = await ada.socket();
    for (let ref = 0; ref < 20; ref++) {
      socket.send({ type: "open-room", ref, room: "general" });
      const clientId = crypto.randomUUID();
      socket.send({ type: "post-message", ref, room: "general", clientId, text: "and gone" });
    }
    await socket.next("reply", 0);
    (socket.raw as WebSocket & { terminate(): void }).terminate();
  }
  await ada.post("the last");
  const events: Frame[] = [];
  while (events.at(-1)?.["text"] !== "the last") events.push(...(await witness.events(1)));
  const first = Number(cursor.split(".")[1]) + 1;
  expect(events.map((event) => event["seq"])).toEqual(events.map((_, index) => first + index));
  const metrics = await (await server.fetch("/metrics")).text();
  expect(metrics).toContain('snug_connections{transport="websocket"} 1\n');
  expect(server.faults).toEqual([]);
  witness.close();
});

test("[ACC3] ending a session closes its sockets with 4401 within 1 s, and no other's", async () => {
  const cat = await server.guest("Cat");
  const hers = [await cat.socket(), await cat.socket()];
  hers.push(await openSocket(server.url, { cookie: cookie(cat.token), origin: server.url }));
  const his = await bob.socket();
  for (const socket of [...hers, his]) await socket.ask({ type: "open-room", room: "general" });

  let on = true;
  const posting = (async () => {
    while (on) await ada.post("on and on");
  })();
  const start = performance.now();
  const ended = cat.call("DELETE", "/v1/sessions/current");
  for (const socket of hers) expect((await socket.closed).code).toBe(4401);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect((await ended).status).toBe(204);
  const counts = hers.map((socket) => socket.frames.length);
  await ada.post("for the others");
  on = false;
  await posting;
  while (!(await his.events(1)).some((event) => event["text"] === "for the others"));
  expect(hers.map((socket) => socket.frames.length)).toEqual(counts);

  const late = await openSocket(server.url);
  late.send({ type: "hello", token: cat.token });
  expect((await late.closed).code).toBe(4401);
  his.close();
});

/** A frame as a client sends it. */
function masked(opcode: number, payload: Buffer, fin = 0x80): Buffer {
  const size = payload.length;
  const head =
    size < 126
      ? Buffer.from([fin | opcode, 0x80 | size])
      : size < 65_536
        ? Buffer.from([fin | opcode, 0xfe, size >> 8, size & 255])
        : Buffer.from([
            fin | opcode,
            0xff,
            0,
            0,
            0,
            0,
            0,
            size >> 16,
            (size >> 8) & 255,
            size & 255,
          ]);
  // A mask of zeros changes nothing.
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** A TCP connection that asked to be a WebSocket, and what its close frame says. */
async function rawSocket() {
  const { hostname, port, host } = new URL(server.url);
  const raw = connect(Number(port), hostname);
  const upgraded = Promise.withResolvers<void>();
  const closeCode = Promise.withResolvers<number | null>();
  let bytes = Buffer.alloc(0);
  raw.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.includes("\r\n\r\n")) upgraded.resolve();
  });
  raw.on("error", () => {});
  raw.on("close", () => {
    const [first, , high, low] = bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);
    closeCode.resolve(first === 0x88 ? ((high ?? 0) << 8) | (low ?? 0) : null);
  });
  raw.write(
    `GET /v1/socket HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  await upgraded.promise;
  return {
    closeCode: closeCode.promise,
    write: (part: Buffer) => void raw.write(part),
    destroy: () => raw.destroy(),
  };
}
