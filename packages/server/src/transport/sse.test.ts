import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import { systemClock } from "../clock.ts";
import { openMemory } from "../engine/memory/engine.ts";
import type { EventStream, StreamWire } from "../gateway/event-stream.ts";
import { ManualClock } from "../manual-clock.ts";
import {
  openStream,
  startTestServer,
  type Frame,
  type TestGuest,
  type TestServer,
} from "../testing.ts";
import { sseResponse } from "./sse.ts";

const GENERAL = "general" as RoomId;
let server: TestServer;
let ada: TestGuest;
let bob: TestGuest;

beforeAll(async () => {
  server = await startTestServer();
  [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
});
afterAll(async () => {
  await server.close();
  expect(server.faults).toEqual([]);
});

type Stream = Awaited<ReturnType<TestGuest["stream"]>>;
const events = `/v1/rooms/general/events`;
/** The cursor after the newest event. */
const cursor = async () => (await ada.get("/v1/rooms/general")).room.cursor as string;
const texts = (got: { event: Frame }[]) => got.map(({ event }) => event["text"] as string);
/** The next block that is not a comment or a retry. */
const block = async (stream: Stream) => {
  for (;;) {
    const next = await stream.next();
    if (next === null || next.data !== undefined) return next;
  }
};

test("[SSE1] an event is one frame with its cursor as id and itself as data, and no event line", async () => {
  const after = await cursor();
  const text = "line\r\nline\n\ndata: x\nid: y\u2028";
  await bob.post(text);
  const response = await fetch(`${server.url}${events}?after=${after}`, {
    headers: { authorization: ada.authorization, accept: "text/event-stream" },
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let raw = "";
  while (!raw.includes("data:") || !raw.endsWith("\n\n"))
    raw += decoder.decode((await reader.read()).value, { stream: true });
  await reader.cancel();
  const page = await ada.get(`${events}?after=${after}`);
  const frame = raw.split("\n\n").find((block) => block.includes("id:"));
  expect(frame).toBe(`id: ${page.cursor}\ndata: ${JSON.stringify(page.events[0])}`);
  expect(page.events[0].text).toBe(text);
});

test("[SSE1] [WS7] live, several events of one commit are still one frame each", async () => {
  const stream = await ada.stream();
  await Promise.all(Array.from({ length: 40 }, (_, index) => bob.post(`${index}`)));
  const got = await stream.events(40);
  for (const { id, event } of got) {
    expect(id.split(".").slice(1)).toEqual([String(event["seq"]), event["id"]]);
  }
  const seqs = got.map(({ event }) => event["seq"] as number);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  stream.close();
});

test("[SSE3] [HTTP2] the answer says what it is, and that nobody may keep or buffer it", async () => {
  const stream = await ada.stream();
  const { status, headers } = stream.response;
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/event-stream");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-accel-buffering")).toBe("no");
  stream.close();
});

test("[SSE3] a silent stream carries a comment at least every 15 s", async () => {
  const clock = new ManualClock();
  const quiet = await startTestServer({
    clock: { ...systemClock, elapsed: clock.elapsed, after: (...timer) => clock.after(...timer) },
    engine: openMemory({ clock: systemClock }),
  });
  const dan = await quiet.guest("Dan");
  const stream = await dan.stream();
  expect(await stream.next()).toEqual({ retry: "1000", comment: " hello" });
  for (let round = 0; round < 5; round++) {
    clock.advance(15_000);
    let block = await stream.next();
    while (block?.event === "signal") block = await stream.next();
    expect(block).toEqual({ comment: " " });
  }
  stream.close();
  await quiet.close();
  expect(quiet.faults).toEqual([]);
});

test("[SSE2] with neither a cursor nor an id the stream starts from now on", async () => {
  await bob.post("before");
  for (const last of [undefined, ""]) {
    const stream = await ada.stream(last === undefined ? {} : { last });
    await bob.post("after");
    expect(texts(await stream.events(1))).toEqual(["after"]);
    stream.close();
  }
});

test("[SSE2] the stream starts after the cursor in the address, or in Last-Event-ID, which counts more", async () => {
  const start = await cursor();
  for (const text of ["one", "two", "three"]) await bob.post(text);
  const middle = (await ada.get(`${events}?after=${start}&limit=2`)).cursor as string;
  const cases: [Parameters<TestGuest["stream"]>[0], string[]][] = [
    [{ after: start }, ["one", "two", "three"]],
    [{ last: start }, ["one", "two", "three"]],
    [{ after: start, last: middle }, ["three"]],
    [{ after: middle, last: start }, ["one", "two", "three"]],
    [{ after: middle, last: "" }, ["three"]],
  ];
  const streams = await Promise.all(cases.map(([from]) => ada.stream(from)));
  for (const [index, [, expected]] of cases.entries())
    expect(texts((await streams[index]?.events(expected.length)) ?? [])).toEqual(expected);
  await bob.post("live");
  for (const stream of streams) {
    expect(texts(await stream.events(1))).toEqual(["live"]);
    stream.close();
  }
});

test("[SSE2] the id of the last event that came resumes exactly there, time after time", async () => {
  let last = await cursor();
  for (let index = 0; index < 12; index++) await bob.post(`hop ${index}`);
  const seen: string[] = [];
  for (let hop = 0; hop < 12; hop++) {
    const stream = await ada.stream({ after: "ignored.1.x", last });
    const [got] = await stream.events(1);
    seen.push(got?.event["text"]);
    last = got?.id ?? "";
    stream.close();
  }
  expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => `hop ${index}`));
});

test("[SSE4] [RES3] [RES4] [RES5] a gap says why, and the events after its next follow", async () => {
  const own = await startTestServer();
  const dan = await own.guest("Dan");
  for (let index = 0; index < 8; index++) await dan.post(`${index}`);
  const { cursor: newest } = await dan.get(`${events}?limit=1`);
  const [epoch] = newest.split(".");
  await own.engine.store.trim(GENERAL, 4);
  const first = (await dan.get(events)).events[0] as Frame;
  const gaps: [string, string][] = [
    [newest, "trimmed"],
    [`${epoch}.99.${first["id"]}`, "rewritten"],
    [`${epoch}.6.${first["id"]}`, "rewritten"],
    [`elsewhere.6.${first["id"]}`, "new_log"],
  ];
  for (const [after, reason] of gaps) {
    for (const from of [{ after }, { last: after }]) {
      const stream = await dan.stream(from);
      const gap = await block(stream);
      const { next } = JSON.parse(gap?.data ?? "{}") as { next: string };
      expect(gap).toEqual({
        event: "gap",
        id: next,
        data: JSON.stringify({ after, next, reason }),
      });
      expect(next.split(".").slice(0, 2)).toEqual([epoch, "4"]);
      const got = await stream.events(5);
      expect(got.map(({ event }) => event["seq"])).toEqual([5, 6, 7, 8, 9]);
      stream.close();
      // Whoever leaves right after the gap comes back without one.
      const again = await dan.stream({ last: next });
      expect((await block(again))?.event).toBeUndefined();
      again.close();
    }
  }
  await own.close();
  expect(own.faults).toEqual([]);
});

test("[RES9] [RES2] a stream sends everything itself, at the reader's pace, and never too_far", async () => {
  const own = await startTestServer();
  const dan = await own.guest("Dan");
  const start = (await dan.get("/v1/rooms/general")).room.cursor as string;
  const socket = await dan.socket();
  const count = 1_000;
  for (let ref = 0; ref < count; ref++) {
    const text = `${ref} `.padEnd(ref % 4 === 0 ? 8_000 : 20, "long");
    socket.send({ type: "post-message", ref, room: "general", clientId: `${ref}`, text });
  }
  await socket.next("reply", count - 1);

  const stream = await dan.stream({ after: start });
  const got = await stream.events(100);
  // Others go on posting while this reader takes its time.
  for (let ref = 0; ref < 50; ref++) await dan.post(`late ${ref}`);
  got.push(...(await stream.events(count - 50)));
  expect(got.map(({ event }) => event["seq"])).toEqual(got.map((_, index) => index + 2));

  const paged: Frame[] = [];
  for (let after = start; paged.length < count + 50;) {
    const page = await dan.get(`${events}?after=${after}&limit=200`);
    paged.push(...page.events);
    after = page.cursor;
  }
  expect(got.map(({ event }) => event)).toEqual(paged);
  await dan.post("live again");
  expect(texts(await stream.events(1))).toEqual(["live again"]);
  stream.close();
  socket.close();
  await own.close();
  expect(own.faults).toEqual([]);
});

test("[RES11] a malformed cursor is invalid_cursor on every door", async () => {
  const good = await cursor();
  const [epoch, seq, id] = good.split(".");
  const bad = [
    "x",
    "1",
    "-",
    "..",
    "a.b",
    `${good}.`,
    `${good}.x`,
    `.${seq}.${id}`,
    `${epoch}..${id}`,
    `${epoch}.${seq}.`,
    `${epoch}.-1.${id}`,
    `${epoch}.01.${id}`,
    `${epoch}.1.5.${id}`,
    `${epoch}.1e3.${id}`,
    `${epoch}.0.${id}`,
    `${epoch}.9007199254740993.${id}`,
    `${epoch}.99999999999999999999.${id}`,
    `${epoch}.${seq}.i d`,
    `${epoch}.${seq}.${"x".repeat(65)}`,
    `${"x".repeat(65)}.${seq}.${id}`,
    `é.${seq}.${id}`,
    "null",
    "x".repeat(5_000),
  ];
  const socket = await ada.socket();
  for (const after of [...bad, ""]) {
    const query = `after=${encodeURIComponent(after)}`;
    const accept = "text/event-stream";
    const doors: [string, string, Record<string, string>][] = [
      ["page", `${events}?${query}`, {}],
      ["stream", `${events}?${query}`, { accept }],
    ];
    // An empty Last-Event-ID is none, and a header holds no more than ASCII.
    if (after !== "" && !/[^ -~]/.test(after)) {
      doors.push(["Last-Event-ID", events, { accept, "last-event-id": after }]);
      doors.push(["both", `${events}?after=${good}`, { accept, "last-event-id": after }]);
    }
    for (const [door, path, headers] of doors) {
      const { authorization } = ada;
      const answer = await server.fetch(path, { headers: { authorization, ...headers } });
      const problem = (await answer.json()) as Frame;
      expect([after, door, answer.status, problem["code"]]).toEqual([
        after,
        door,
        400,
        "invalid_cursor",
      ]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect(await socket.ask({ type: "open-room", room: "general", after })).toMatchObject({
      ok: false,
      error: { code: "invalid_cursor" },
    });
  }
  await bob.post("nobody listens");
  expect(await socket.ask({ type: "ping" })).toMatchObject({ ok: true });
  expect(socket.frames).toEqual([]);
  socket.close();
});

test("[ERR2] [ERR1] a stream that cannot start is an ordinary HTTP error, with the code of the other doors", async () => {
  const gone = await server.guest("Gone");
  await gone.call("DELETE", "/v1/sessions/current");
  const cases: [string, string | null, number, string][] = [
    ["/v1/rooms/nowhere/events", ada.authorization, 404, "room_not_found"],
    ["/v1/rooms/no%20such%20form/events", ada.authorization, 404, "room_not_found"],
    ["/v1/rooms/nowhere/events?after=bad", ada.authorization, 404, "room_not_found"],
    [`${events}?after=bad`, ada.authorization, 400, "invalid_cursor"],
    [events, null, 401, "unauthorized"],
    [events, "Bearer nonsense", 401, "unauthorized"],
    [events, gone.authorization, 401, "unauthorized"],
  ];
  for (const [path, authorization, status, code] of cases) {
    for (const accept of ["text/event-stream", "application/json"]) {
      const answer = await server.fetch(path, {
        headers: { accept, ...(authorization !== null && { authorization }) },
      });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        status,
        "application/problem+json",
      ]);
      expect(await answer.json()).toMatchObject({
        type: expect.any(String),
        title: expect.any(String),
        detail: expect.any(String),
        status,
        code,
      });
    }
  }
});

test("[AUTH2] a stream takes the cookie too, as EventSource sends it", async () => {
  const stream = await openStream(`${server.url}${events}`, {
    cookie: `snug_session=${ada.token}`,
  });
  expect(stream.response.status).toBe(200);
  await bob.post("for the page");
  expect(texts(await stream.events(1))).toEqual(["for the page"]);
  stream.close();
});

test("[ACC3] ending a session ends its streams within 1 s, and no other's", async () => {
  const cat = await server.guest("Cat");
  const hers = [await cat.stream(), await cat.stream({ after: await cursor() })];
  const his = await bob.stream();
  let on = true;
  const posting = (async () => {
    while (on) await ada.post("on and on");
  })();
  for (const stream of hers) await stream.events(3);
  const [session] = (await cat.get("/v1/sessions")).sessions as { id: string }[];
  const start = performance.now();
  expect((await cat.call("DELETE", `/v1/sessions/${session?.id}`)).status).toBe(204);
  await ada.post("for the others");
  for (const stream of hers) {
    for (let next = await stream.next(); next !== null; next = await stream.next())
      expect(next.data ?? "").not.toContain("for the others");
  }
  expect(performance.now() - start).toBeLessThan(1_000);
  on = false;
  await posting;
  while (texts(await his.events(1))[0] !== "for the others");
  his.close();
  const late = await cat.stream();
  expect(late.response.status).toBe(401);
});

test("[AVL2] a stream that nobody reads on leaves no trace", async () => {
  const connections = async () =>
    /snug_connections\{transport="sse"\} (\d+)/.exec(
      await (await server.fetch("/metrics")).text(),
    )?.[1];
  const streams = await Promise.all(Array.from({ length: 20 }, () => ada.stream()));
  expect(Number(await connections())).toBeGreaterThanOrEqual(20);
  for (const stream of streams) stream.close();
  const deadline = performance.now() + 5_000;
  while ((await connections()) !== "0" && performance.now() < deadline);
  expect(await connections()).toBe("0");
  await bob.post("to nobody");
  expect(server.faults).toEqual([]);
});

test("a stream hears at once that its reader took what waited, and nothing while nothing waits", async () => {
  let wire: StreamWire | undefined;
  const heard: number[] = [];
  const { body } = sseResponse(
    (lent) => {
      wire = lent;
      return { drained: () => heard.push(lent.buffered()), closed() {} } as unknown as EventStream;
    },
    () => {},
    () => {},
  );
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const bytes = new Uint8Array(1_000);
  await Bun.sleep(0);
  for (let round = 0; round < 3; round++) {
    heard.length = 0;
    for (let piece = 0; piece < 5; piece++) {
      const taken = reader.read();
      expect(wire?.send(bytes)).toBe(true);
      expect((await taken).value).toEqual(bytes);
    }
    expect(heard).toEqual([]);
    expect([wire?.send(bytes), wire?.send(bytes)]).toEqual([false, false]);
    await reader.read();
    await reader.read();
    await Bun.sleep(0);
    expect(heard.at(-1)).toBe(0);
  }
  await reader.cancel();
});
