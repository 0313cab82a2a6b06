import { afterEach, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCursor, type RoomId } from "@snug/protocol";
import { systemClock } from "../clock.ts";
import { openEmbedded } from "../engine/embedded/engine.ts";
import { listener, posting } from "../fixtures.ts";
import {
  isAside,
  startTestServer,
  type Frame,
  type TestGuest,
  type TestServer,
} from "../testing.ts";

const GENERAL = "general" as RoomId;
const events = "/v1/rooms/general/events";
const INLINE = 256 * 1024;
const servers: TestServer[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.close();
    expect(server.faults).toEqual([]);
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options);
  servers.push(server);
  return server;
}

function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "snug-resume-"));
  folders.push(folder);
  return folder;
}

/** Many messages at once, without a client. */
async function fill(server: TestServer, by: TestGuest, texts: readonly string[]) {
  return Promise.all(
    texts.map(async (text) => {
      const appended = await server.engine.store.append(posting(GENERAL, by.user.id, text));
      if (appended.kind !== "stored") throw new Error(appended.kind);
      return appended.event;
    }),
  );
}

const numbers = (count: number, word = "") =>
  Array.from({ length: count }, (_, index) => `${word}${index}`);
const seqs = (some: readonly Frame[]) => some.map((event) => event["seq"] as number);
const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
const seqOf = (cursor: string) => parseCursor(cursor)?.seq ?? Number.NaN;

/** The log by pages from `after` on, up to the head or to `until`. */
async function byPages(guest: TestGuest, after: string | null, until = Number.POSITIVE_INFINITY) {
  const all: Frame[] = [];
  for (let cursor = after; ;) {
    const page = await guest.get(`${events}?limit=200${cursor === null ? "" : `&after=${cursor}`}`);
    expect(page.gap).toBeUndefined();
    if (page.events.length === 0) return all;
    for (const event of page.events as Frame[]) {
      if ((event["seq"] as number) > until) return all;
      all.push(event);
    }
    cursor = page.cursor;
  }
}

async function byStream(guest: TestGuest, after: string, count: number) {
  const stream = await guest.stream({ after });
  const got = await stream.events(count);
  stream.close();
  return got.map(({ event }) => event);
}

/** A socket whose frames are taken one by one in the order in which they came. */
async function orderly(guest: TestGuest) {
  const socket = await guest.socket();
  const queue: Frame[] = [];
  let wake = () => {};
  socket.raw.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (!isAside(frame)) queue.push(frame);
    wake();
  });
  return {
    send: socket.send,
    async take(): Promise<Frame> {
      const deadline = performance.now() + 10_000;
      for (;;) {
        const frame = queue.shift();
        if (frame) return frame;
        if (performance.now() > deadline) throw new Error("no frame within 10 s");
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1_000);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    },
    close: () => socket.close(),
  };
}

test("[RES1] [RES2] every cursor there ever was resumes exactly, alike on every door", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await fill(server, ada, numbers(60, "first "));
  await server.guest("Bob");
  await fill(server, ada, numbers(58, "then "));
  const all = await byPages(ada, null);
  const top = all.length;
  expect(seqs(all)).toEqual(range(1, 120));

  const beginning = `${(await ada.get("/v1/rooms/general")).room.cursor.split(".")[0]}.0.-`;
  const stream = await ada.stream({ after: beginning });
  const cursors = [beginning, ...(await stream.events(top)).map(({ id }) => id)];
  stream.close();

  const socket = await ada.socket();
  for (const [n, after] of cursors.entries()) {
    const expected = all.slice(n);
    expect(await byPages(ada, after)).toEqual(expected);
    const reply = await socket.ask({ type: "open-room", room: "general", after });
    expect([n, reply["cursor"]]).toEqual([n, cursors[top]]);
    expect(await socket.events(expected.length)).toEqual(expected);
    expect(await byStream(ada, after, expected.length)).toEqual(expected);
  }
  expect(await socket.ask({ type: "ping" })).toMatchObject({ ok: true });
  expect(socket.frames).toEqual([]);
  const last = await ada.stream({ after: cursors[top] ?? "" });
  await ada.post("the next");
  expect((await last.events(1)).map(({ event }) => event["seq"])).toEqual([top + 1]);
  expect(seqs(await socket.events(1))).toEqual([top + 1]);
  last.close();
  socket.close();
}, 15_000);

test("[RES1] a cursor of any age resumes after a restart, and from a new session", async () => {
  const folder = newFolder();
  const first = await startTestServer({ folder });
  const ada = await first.guest("Ada");
  const { cursor: young } = await ada.get(`${events}?limit=1`);
  await fill(first, ada, numbers(40));
  const { cursor: old } = await ada.get(`${events}?limit=20`);
  const { room } = await ada.get("/v1/rooms/general");
  const before = await byPages(ada, null);
  await first.close();
  expect(first.faults).toEqual([]);

  const second = await start({ folder });
  const eve = await second.guest("Eve");
  const joined = (await byPages(eve, room.cursor)) as Frame[];
  expect(joined.map((event) => event["type"])).toEqual(["member.joined"]);
  const now = [...before, ...joined];
  const socket = await eve.socket();
  for (const cursor of [young, old, room.cursor]) {
    const expected = now.slice(seqOf(cursor));
    expect(await byPages(eve, cursor)).toEqual(expected);
    expect(await byStream(eve, cursor, expected.length)).toEqual(expected);
    await socket.ask({ type: "open-room", room: "general", after: cursor });
    expect(await socket.events(expected.length)).toEqual(expected);
  }
  socket.close();
});

test("[RES7] 300 events come inline; 301 are a gap to be paged, and live goes on from its next", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const { cursor: base } = await ada.get(`${events}?limit=1`);
  await fill(server, ada, numbers(1));
  const { cursor: one } = await ada.get(`${events}?after=${base}`);
  await fill(server, ada, numbers(300));
  const { room } = await ada.get("/v1/rooms/general");

  const inline = await orderly(ada);
  inline.send({ type: "open-room", ref: 1, room: "general", after: one });
  expect(await inline.take()).toMatchObject({ type: "reply", ref: 1, cursor: room.cursor });
  const got: Frame[] = [];
  while (got.length < 300) {
    const frame = await inline.take();
    expect(frame["type"]).toBe("events");
    got.push(...frame["events"]);
  }
  expect(got).toEqual(await byPages(ada, one));

  const far = await orderly(ada);
  far.send({ type: "open-room", ref: 2, room: "general", after: base });
  expect(await far.take()).toMatchObject({ type: "reply", ref: 2, cursor: room.cursor });
  expect(await far.take()).toEqual({
    type: "gap",
    room: "general",
    after: base,
    next: room.cursor,
    reason: "too_far",
  });
  await ada.post("live");
  const live = await far.take();
  expect(seqs(live["events"])).toEqual([room.seq + 1]);
  const paged = await byPages(ada, base, room.seq);
  expect(seqs([...paged, ...live["events"]])).toEqual(range(2, room.seq + 1));
  inline.close();
  far.close();
});

test("[RES7] 256 KiB of events come inline, and one byte more is a gap", async () => {
  for (const more of [0, 1]) {
    const server = await start();
    const ada = await server.guest("Ada");
    const { cursor } = await ada.get(`${events}?limit=1`);
    const stored = await fill(server, ada, [
      ...Array<string>(15).fill("é".repeat(8_000)),
      "y",
      "y",
    ]);
    // The numbers of the last two and of the next have two digits alike.
    const bytes = stored.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    const overhead = Buffer.byteLength(stored.at(-1)?.json ?? "") - 1;
    await fill(server, ada, ["z".repeat(INLINE - bytes - overhead + more)]);
    const all = await byPages(ada, cursor);
    const sum = all.reduce((size, event) => size + Buffer.byteLength(JSON.stringify(event)), 0);
    expect([all.length, sum]).toEqual([18, INLINE + more]);

    const socket = await ada.socket();
    await socket.ask({ type: "open-room", room: "general", after: cursor });
    if (more === 0) expect(await socket.events(18)).toEqual(all);
    else expect(await socket.next("gap")).toMatchObject({ after: cursor, reason: "too_far" });
    await socket.ask({ type: "ping" });
    expect(socket.frames).toEqual([]);
    socket.close();
  }
});

test("[RES8] [RES6] too much after another gap: a second gap goes on from the first", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const { cursor: lost } = await ada.get(`${events}?limit=1`);
  await fill(server, ada, numbers(320));
  await server.engine.store.trim(GENERAL, 5);
  const { room } = await ada.get("/v1/rooms/general");
  const [epoch, , id] = room.cursor.split(".");
  for (const [after, reason] of [
    [lost, "trimmed"],
    [`${epoch}.7.${id}`, "rewritten"],
    [`${epoch}.999.${id}`, "rewritten"],
    [`another.7.${id}`, "new_log"],
  ] as const) {
    const socket = await orderly(ada);
    socket.send({ type: "open-room", ref: 1, room: "general", after });
    expect((await socket.take())["type"]).toBe("reply");
    const first = await socket.take();
    expect(first).toMatchObject({ type: "gap", room: "general", after, reason });
    expect(seqOf(first["next"])).toBe(5);
    expect(await socket.take()).toEqual({
      type: "gap",
      room: "general",
      after: first["next"],
      next: room.cursor,
      reason: "too_far",
    });
    const page = await ada.get(`${events}?after=${after}`);
    expect(page.gap).toEqual({ after, next: first["next"], reason });
    expect(page.events[0].seq).toBe(6);
    expect(seqs(await byPages(ada, first["next"]))).toEqual(range(6, room.seq));
    socket.close();
  }
  // When what is left fits, there is one gap, and the rest comes inline.
  await server.engine.store.trim(GENERAL, room.seq - 300);
  const socket = await orderly(ada);
  socket.send({ type: "open-room", ref: 1, room: "general", after: lost });
  await socket.take();
  expect(await socket.take()).toMatchObject({ type: "gap", after: lost, reason: "trimmed" });
  const rest = await socket.take();
  expect(seqs(rest["events"])).toEqual(range(room.seq - 299, room.seq));
  socket.close();
});

test("[RES10] [RES7] [ORD1] whoever opens and resumes while others post without pause misses nothing and sees nothing twice", async () => {
  const server = await start();
  const posters = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Cat"),
  ] as const;
  const watcher = await server.guest("Wim");
  const total = 6_000;
  const ahead = 8;
  let posted = 0;
  const chance = (one: number) => Math.random() * one < 1;
  // Whoever came only after the end would wait for it in vain.
  const startsAnew = () => posted < total / 2 && chance(3);

  /** Keeps many sends under way at any moment. */
  const post = async (guest: TestGuest, count: number) => {
    const socket = await orderly(guest);
    const send = (ref: number) => {
      const clientId = `${guest.user.id}-${ref}`;
      socket.send({ type: "post-message", ref, room: "general", clientId, text: `${ref}` });
    };
    for (let ref = 0; ref < ahead; ref++) send(ref);
    for (let answered = 0; answered < count; answered++) {
      expect(await socket.take()).toMatchObject({ type: "reply", ref: answered, ok: true });
      posted++;
      if (answered + ahead < count) send(answered + ahead);
    }
    socket.close();
  };
  /** What one watcher saw in one go, from a place that it was told. */
  interface Run {
    after: [least: number, most: number];
    seqs: number[];
  }
  const runs: Run[] = [];
  const isEnd = (some: readonly Frame[]) => some.some((event) => event["text"] === "the end");

  const watchSocket = async () => {
    let ended = false;
    while (!ended) {
      const run: Run = { after: [0, 0], seqs: [] };
      let cursor: string | null = null;
      let socket = await orderly(watcher);
      let awaited: number | null = null;
      let refs = 0;
      const open = () => {
        awaited = ++refs;
        const after = cursor === null ? {} : { after: cursor };
        socket.send({ type: "open-room", ref: awaited, room: "general", ...after });
      };
      const see = (some: readonly Frame[]) => {
        run.seqs.push(...seqs(some));
        ended ||= isEnd(some);
      };
      open();
      for (let again = true; again && !ended;) {
        const frame = await socket.take();
        if (frame["type"] === "reply") {
          expect(frame["ok"]).toBe(true);
          if (frame["ref"] !== awaited) continue;
          awaited = null;
          if (cursor === null) {
            cursor = frame["cursor"] as string;
            run.after = [seqOf(cursor), seqOf(cursor)];
          }
          continue;
        }
        // What an earlier opening still sends is told again by the one asked for.
        if (awaited !== null) continue;
        if (frame["type"] === "gap") {
          expect(frame).toMatchObject({ after: cursor, reason: "too_far" });
          see(await byPages(watcher, cursor, seqOf(frame["next"])));
          cursor = frame["next"] as string;
        } else {
          expect(frame["type"]).toBe("events");
          see(frame["events"]);
          cursor = frame["cursor"] as string;
        }
        if (ended || !chance(5)) continue;
        if (chance(3)) open();
        else if (chance(2)) {
          // Away for a while: far enough, at times, for a gap.
          socket.close();
          const until = Math.min(posted + Math.random() * 700, total);
          while (posted < until) await server.fetch("/healthz");
          socket = await orderly(watcher);
          open();
        } else again = !startsAnew();
      }
      socket.close();
      runs.push(run);
    }
  };
  const watchStream = async () => {
    let ended = false;
    while (!ended) {
      const run: Run = { after: [0, 0], seqs: [] };
      const seqNow = async () => (await watcher.get("/v1/rooms/general")).room.seq as number;
      const least = await seqNow();
      let stream = await watcher.stream();
      run.after = [least, await seqNow()];
      for (let again = true; again && !ended;) {
        let last = "";
        for (let count = Math.ceil(Math.random() * 200); count > 0 && !ended; count--) {
          const [got] = await stream.events(1);
          if (!got) throw new Error("the stream ended");
          run.seqs.push(got.event["seq"]);
          last = got.id;
          ended = isEnd([got.event]);
        }
        stream.close();
        if (ended) break;
        again = !startsAnew();
        if (again) stream = await watcher.stream(chance(2) ? { after: last } : { last });
      }
      runs.push(run);
    }
  };

  const watching = [
    ...Array.from({ length: 8 }, () => watchSocket()),
    ...Array.from({ length: 4 }, () => watchStream()),
  ];
  await Promise.all(posters.map((guest) => post(guest, total / posters.length)));
  const { message: end } = (await (await posters[0].post("the end")).json()) as Frame;
  await Promise.all(watching);

  expect(end.seq).toBe(total + 4 + 1);
  expect(runs.length).toBeGreaterThan(watching.length);
  for (const run of runs) {
    const first = run.seqs[0] ?? Number.NaN;
    if (run.seqs.length > 0) {
      expect(first).toBeGreaterThan(run.after[0]);
      expect(first).toBeLessThanOrEqual(run.after[1] + 1);
    }
    expect(run.seqs).toEqual(range(first, first + run.seqs.length - 1));
  }
  expect(runs.filter((run) => run.seqs.at(-1) === end.seq)).toHaveLength(watching.length);
  expect(seqs(await byPages(watcher, null))).toEqual(range(1, end.seq));
}, 30_000);

test("[ORD2] live, resumed or paged, on every door: the same events in the same order, now and later", async () => {
  const server = await start();
  const guests = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Cat"),
  ] as const;
  const [ada, bob, cat] = guests;
  const after = (await ada.get("/v1/rooms/general")).room.cursor as string;
  const sockets = [await ada.socket(), await bob.socket()];
  for (const socket of sockets) await socket.ask({ type: "open-room", room: "general" });
  const stream = await cat.stream();

  const poster = await cat.socket();
  const sending = guests.flatMap((guest, who) =>
    Array.from({ length: 40 }, (_, index) => guest.post(`${who} says ${index} \u2028 "é"`)),
  );
  for (let ref = 0; ref < 40; ref++) {
    const command = { type: "post-message", ref, room: "general", clientId: `s${ref}` };
    poster.send({ ...command, text: `over the socket ${ref}` });
  }
  for (const answer of await Promise.all(sending)) expect(answer.status).toBe(201);
  await poster.next("reply", 39);

  const count = 160;
  const live = await Promise.all(sockets.map((socket) => socket.events(count)));
  const [first = []] = live;
  expect(seqs(first)).toEqual(range(4, 3 + count));
  expect(live[1]).toEqual(first);
  expect((await stream.events(count)).map(({ event }) => event)).toEqual(first);
  const [resumed] = sockets;
  await resumed?.ask({ type: "open-room", room: "general", after });
  expect(await resumed?.events(count)).toEqual(first);
  expect(await byStream(bob, after, count)).toEqual(first);
  expect(await byPages(bob, after)).toEqual(first);
  expect(await byPages(cat, after)).toEqual(first);

  const messages: Frame[] = [];
  for (let from: string | number = after; messages.length < count;) {
    const page = await ada.get(`/v1/rooms/general/messages?after=${from}&limit=70`);
    messages.push(...page.messages);
    from = page.cursor;
  }
  const posted = messages.map((message): Frame => ({ type: "message.posted", ...message }));
  expect(posted).toEqual(first);
  for (const socket of [...sockets, poster]) socket.close();
  stream.close();
});

test("[DUR2] nobody sees an event, and nobody is answered, before its commit", async () => {
  const held: (() => void)[] = [];
  let holds = false;
  const clock = {
    ...systemClock,
    soon: (callback: () => void) => void (holds ? held.push(callback) : setImmediate(callback)),
    after(ms: number, callback: () => void) {
      if (holds && ms <= 20) held.push(callback);
      else return systemClock.after(ms, callback);
      return () => {};
    },
  };
  let commits = 0;
  const folder = newFolder();
  const onCommit = () => void commits++;
  const engine = await openEmbedded({ folder, clock, onCommit });
  const server = await start({ engine });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const [poster, watcher] = [await ada.socket(), await bob.socket()];
  const { cursor } = await watcher.ask({ type: "open-room", room: "general" });
  const stream = await bob.stream();
  const seen: string[] = [];
  const live = stream.events(2).then(() => seen.push("stream"));
  const told: number[] = [];
  engine.backplane.listen(
    listener({ committed: (batch) => void told.push(...batch.events.map(() => commits)) }),
  );

  const before = commits;
  holds = true;
  const posting = ada.post("not yet").then(() => seen.push("answer"));
  const command = { type: "post-message", room: "general", clientId: "c", text: "nor this" };
  poster.send({ ...command, ref: 1 });
  while (held.length === 0) await poster.ask({ type: "ping" });
  const late = await bob.socket();
  const opened = await late.ask({ type: "open-room", room: "general", after: cursor });
  expect(opened["cursor"]).toBe(cursor);
  expect(opened["room"].cursor).toBe(cursor);
  expect((await bob.get(`${events}?after=${cursor}`)).events).toEqual([]);
  expect((await bob.get("/v1/rooms/general/messages")).messages).toEqual([]);
  expect((await bob.get("/v1/rooms/general/messages/3")).code).toBe("message_not_found");
  expect((await bob.get("/v1/rooms/general")).room.cursor).toBe(cursor);
  for (const socket of [poster, watcher, late]) {
    await socket.ask({ type: "ping" });
    expect(socket.frames).toEqual([]);
  }
  expect([seen, commits, told]).toEqual([[], before, []]);

  holds = false;
  for (const callback of held.splice(0)) callback();
  expect(await poster.next("reply", 1)).toMatchObject({ ok: true });
  await posting;
  await live;
  expect(seqs(await watcher.events(2))).toEqual([3, 4]);
  expect(seqs(await late.events(2))).toEqual([3, 4]);
  // Each was told of only after a commit that came after it was sent.
  expect(told.length).toBe(2);
  expect(Math.min(...told)).toBeGreaterThan(before);
  stream.close();
  for (const socket of [poster, watcher, late]) socket.close();
});

test("[DUR2] what anybody is told of is in the files already", async () => {
  const folder = newFolder();
  const engine = await openEmbedded({ folder, clock: systemClock });
  const server = await start({ engine });
  const ada = await server.guest("Ada");
  const copies: { folder: string; last: number }[] = [];
  engine.backplane.listen(
    listener({
      committed(batch) {
        const copy = join(folder, `copy-${copies.length}`);
        mkdirSync(copy);
        for (const file of ["snug.db", "snug.db-wal"])
          copyFileSync(join(folder, file), join(copy, file));
        copies.push({ folder: copy, last: batch.events.at(-1)?.seq ?? 0 });
      },
    }),
  );
  for (let round = 0; round < 3; round++) {
    await Promise.all(numbers(10, "round").map((text) => ada.post(text)));
  }
  expect(copies.length).toBeGreaterThanOrEqual(3);
  for (const { folder: copy, last } of copies) {
    const found = await openEmbedded({ folder: copy, clock: systemClock });
    const room = await found.store.room(GENERAL);
    await found.close();
    expect(room?.head.seq).toBe(last);
  }
});
