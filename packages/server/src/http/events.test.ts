import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { answers, type RoomId } from "@snug/protocol";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { welcome } from "../core/draft.ts";
import { newRoom, newSession, newUser, posting } from "../fixtures.ts";
import { randomIds } from "../ids.ts";
import { type TestGuest, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

const GENERAL = "general" as RoomId;
const MESSAGES = "/v1/rooms/general/messages";
const EVENTS = "/v1/rooms/general/events";

type Reader = Pick<TestGuest, "get" | "call" | "post" | "authorization">;

const read = async (reader: Reader, query = "", path = EVENTS) =>
  strictly(answers.Events, await reader.get(path + query));

const head = async (reader: Reader): Promise<string> =>
  (await reader.get("/v1/rooms/general")).room.cursor;

/** The same person on another server that knows the session. */
function at(server: TestServer, { authorization }: Pick<Reader, "authorization">): Reader {
  const call = (method: string, path: string, body?: unknown) =>
    server.fetch(path, {
      method,
      headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return {
    authorization,
    call,
    get: async (path) => (await call("GET", path)).json(),
    post: (text, clientId: string | undefined) =>
      call("POST", MESSAGES, { clientId: clientId ?? crypto.randomUUID(), text }),
  };
}

/** Puts a message at the end of the log, without a call. */
const say = (server: TestServer, by: string, text: string) =>
  server.engine.store.append(posting(GENERAL, by, text));

/** Puts another member into the room. */
function enter(server: TestServer) {
  const eve = newUser(randomIds.id(), { name: "Eve" });
  return server.engine.store.addUser(eve, newSession(eve.id), welcome(randomIds, eve));
}

/** A server whose general has joins (1, 2, 6) and messages in it, and a cursor for each place of its log. */
async function lively() {
  const server = await start();
  const [ada, bob] = await Promise.all([server.guest("Ada"), server.guest("Bob")]);
  await Promise.all([
    ...["a", "b", "c"].map((text) => say(server, ada.user.id, text)),
    enter(server),
    ...["d", "e"].map((text) => say(server, bob.user.id, text)),
  ]);
  const { events, cursor } = await read(ada, "?limit=200");
  expect(events).toHaveLength(8);
  const [epoch = ""] = cursor.split(".");
  const cursors = [`${epoch}.0.-`, ...events.map(({ seq, id }) => `${epoch}.${seq}.${id}`)];
  return { server, ada, bob, events, cursors, epoch };
}

/** Changes what is stored, behind the back of a stopped server. */
function tamper(folder: string, sql: string, ...values: (string | number)[]) {
  const db = new Database(join(folder, "snug.db"));
  expect(db.run(sql, values).changes).toBe(1);
  db.close();
}

test("[MSG7] cursor by cursor the whole log is walked from its beginning, each event once", async () => {
  const { ada, events } = await lively();
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const limit of [1, 3, 8, 200]) {
    const walked: unknown[] = [];
    let query = `?limit=${limit}`;
    for (;;) {
      const page = await read(ada, query);
      if (page.events.length === 0) break;
      expect(page.events.length).toBeLessThanOrEqual(limit);
      expect(page.gap).toBeUndefined();
      walked.push(...page.events);
      query = `?limit=${limit}&after=${page.cursor}`;
    }
    expect(walked).toEqual(events);
  }
});

test("[MSG7] at the head there are no events, and the cursor stays", async () => {
  const { ada, cursors } = await lively();
  const cursor = cursors.at(-1)!;
  expect(await head(ada)).toBe(cursor);
  expect(await read(ada, `?after=${cursor}`)).toEqual({ events: [], users: {}, cursor });
});

test("[MSG7] users are those whom the page's events name in by", async () => {
  const { ada, bob, cursors } = await lively();
  const { users } = await read(ada, `?after=${cursors[6]}`);
  expect(users as object).toEqual({ [bob.user.id]: { ...bob.user, guest: true } });
  expect(Object.keys((await read(ada)).users)).toHaveLength(3);
});

test("[RES1] a cursor of any age resumes with all that came after it, also after a restart", async () => {
  const { server, ada, events, cursors } = await lively();
  const check = async (reader: Reader) => {
    for (const [place, cursor] of cursors.entries()) {
      const page = await read(reader, `?after=${cursor}`);
      expect([place, page.events]).toEqual([place, events.slice(place)]);
      expect(page).toMatchObject({ cursor: cursors.at(-1)! });
      expect(page.gap).toBeUndefined();
    }
  };
  await check(ada);
  await stop(server);
  const later = await start({ folder: server.folder });
  await check(at(later, ada));
  const fresh = await later.guest("Later");
  events.push(...(await read(fresh, `?after=${cursors.at(-1)}`)).events);
  cursors.push(await head(fresh));
  await check(fresh);
});

test("[RES2] from the same cursor, HTTP, SSE and WebSocket give the same events", async () => {
  const { ada, events, cursors } = await lively();
  for (const [place, after] of cursors.slice(0, -1).entries()) {
    const count = events.length - place;
    const stream = await ada.stream({ after });
    const streamed = await stream.events(count);
    stream.close();
    const socket = await ada.socket();
    await socket.ask({ type: "open-room", room: "general", after });
    const pushed = await socket.events(count);
    socket.close();
    const paged = (await read(ada, `?after=${after}`)).events;
    expect(paged).toEqual(events.slice(place));
    expect(streamed.map(({ event }) => event as unknown)).toEqual(paged);
    expect(pushed as unknown).toEqual(paged);
    expect(streamed.map(({ id }) => id)).toEqual(cursors.slice(place + 1));
  }
});

test("[RES3] [RES6] a cursor from before what the log holds gets a trimmed gap", async () => {
  const { server, ada, events, cursors } = await lively();
  await server.engine.store.trim(GENERAL, 5);
  const next = cursors[5]!;
  for (const [place, after] of cursors.entries()) {
    const page = await read(ada, `?after=${after}`);
    if (place < 5) expect(page.gap).toEqual({ after, next, reason: "trimmed" });
    else expect(page.gap).toBeUndefined();
    expect(page.events).toEqual(events.slice(Math.max(place, 5)));
  }
  // From the beginning means: of what is held.
  expect(await read(ada)).toEqual(await read(ada, `?after=${next}`));
  const page = strictly(answers.Messages, await ada.get(`${MESSAGES}?after=${cursors[2]}`));
  expect(page.gap).toEqual({ after: cursors[2]!, next, reason: "trimmed" });
  expect(page.messages.map(({ seq }) => seq)).toEqual([7, 8]);
});

test("[RES3] [RES6] when all is trimmed, the log goes on from its head", async () => {
  const { server, ada, cursors } = await lively();
  await server.engine.store.trim(GENERAL, 8);
  const next = cursors[8]!;
  const gap = { after: cursors[3]!, next, reason: "trimmed" as const };
  expect(await read(ada, `?after=${cursors[3]}`)).toEqual({
    events: [],
    users: {},
    cursor: next,
    gap,
  });
  expect(await head(ada)).toBe(next);
  await stop(server);
  const later = at(await start({ folder: server.folder }), ada);
  await later.post("after all that");
  expect((await read(later, `?after=${cursors[3]}`)).gap).toEqual(gap);
  const resumed = await read(later, `?after=${next}`);
  expect(resumed.gap).toBeUndefined();
  expect(resumed.events).toMatchObject([{ seq: 9, text: "after all that" }]);
});

test("[RES4] [RES6] a cursor that an older copy of the data does not know gets a rewritten gap", async () => {
  const { server, ada, events, cursors, epoch } = await lively();
  await stop(server);
  const copy = mkdtempSync(join(tmpdir(), "snug-copy-"));
  cpSync(server.folder, copy, { recursive: true });

  const ahead = await start({ folder: server.folder });
  const lost = at(ahead, ada);
  await lost.post("lost");
  const shared = await head(lost);
  await lost.post("lost too");
  const beyond = await head(lost);
  await stop(ahead);

  const back = at(await start({ folder: copy }), ada);
  const next = `${epoch}.0.-`;
  const rewritten = (after: string) => ({ after, next, reason: "rewritten" as const });
  expect(await read(back, `?after=${beyond}`)).toMatchObject({ gap: rewritten(beyond), events });
  expect(await read(back, `?after=${shared}`)).toMatchObject({ gap: rewritten(shared), events });

  // The numbers are given out again, to other events.
  for (const text of ["new", "newer", "newest"]) await back.post(text);
  for (const after of [shared, beyond]) {
    const page = await read(back, `?after=${after}`);
    expect(page.gap).toEqual(rewritten(after));
    expect(page.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  }
  const known = await read(back, `?after=${cursors.at(-1)}`);
  expect(known.gap).toBeUndefined();
  expect(known.events).toMatchObject([{ text: "new" }, { text: "newer" }, { text: "newest" }]);
});

test("[RES4] a cursor with a number of the future or another id at its number is rewritten", async () => {
  const { server, ada, epoch, cursors } = await lively();
  const [, , idOfOther] = cursors[3]!.split(".");
  const odd = [
    `${epoch}.9.${idOfOther}`,
    `${epoch}.9007199254740991.x`,
    `${epoch}.4.${idOfOther}`,
    `${epoch}.4.-`,
    `${epoch}.8.constructor`,
  ];
  for (const after of odd) {
    expect((await read(ada, `?after=${after}`)).gap).toEqual({
      after,
      next: cursors[0]!,
      reason: "rewritten",
    });
  }
  await server.engine.store.trim(GENERAL, 4);
  for (const after of [`${epoch}.4.${idOfOther}`, `${epoch}.99.x`]) {
    expect((await read(ada, `?after=${after}`)).gap).toEqual({
      after,
      next: cursors[4]!,
      reason: "rewritten",
    });
  }
});

test("[RES5] [RES6] a cursor of another epoch or another room gets a new_log gap", async () => {
  const { ada: elsewhere } = await lively();
  const foreign = await head(elsewhere);
  const { server, ada, events, cursors } = await lively();
  await server.engine.store.addRoom(newRoom("hall", { epoch: "hallEpoch" }));
  expect(foreign.split(".")[0]).not.toBe(cursors[0]!.split(".")[0]!);

  const beginning = "hallEpoch.0.-";
  for (const after of [foreign, beginning, "x.1.x", "x.0.-", "__proto__.1.constructor"]) {
    const gap = { after, next: cursors[0]!, reason: "new_log" as const };
    expect(await read(ada, `?after=${after}`)).toMatchObject({ events, gap });
    const page = strictly(answers.Messages, await ada.get(`${MESSAGES}?after=${after}`));
    expect(page.gap).toEqual(gap);
    expect(page.messages).toHaveLength(5);
    const stream = await ada.stream({ after });
    let block = await stream.next();
    while (block?.event === undefined) block = await stream.next();
    expect([block.event, JSON.parse(block.data ?? "")]).toEqual(["gap", gap]);
    expect((await stream.events(events.length)).map(({ event }) => event as unknown)).toEqual(
      events,
    );
    stream.close();
  }
  for (const after of [cursors[0]!, cursors[3]!, foreign]) {
    const gap = { after, next: beginning, reason: "new_log" as const };
    const page = await read(ada, `?after=${after}`, "/v1/rooms/hall/events");
    expect(page).toEqual({ events: [], users: {}, cursor: beginning, gap });
  }
});

test("[RES6] the beginning of an empty log is epoch.0.-", async () => {
  const { server, ada } = await lively();
  await server.engine.store.addRoom(newRoom("hall", { epoch: "hallEpoch" }));
  const cursor = "hallEpoch.0.-";
  const empty = { events: [], users: {}, cursor };
  expect(await read(ada, "", "/v1/rooms/hall/events")).toEqual(empty);
  expect(await read(ada, `?after=${cursor}`, "/v1/rooms/hall/events")).toEqual(empty);
  const after = "hallEpoch.1.x";
  expect(await read(ada, `?after=${after}`, "/v1/rooms/hall/events")).toEqual({
    ...empty,
    gap: { after, next: cursor, reason: "rewritten" },
  });
  const page = await ada.get("/v1/rooms/hall/messages");
  expect(page).toEqual({ messages: [], users: {}, cursor, head: 0 });
});

/** In the form of a cursor's address: strings that no server gave. */
const garbage = [
  "garbage",
  ".",
  "..",
  "e.1",
  "e.1.i.x",
  "e.0.i",
  "e.01.i",
  "e.-1.i",
  "e.1e3.i",
  "e.1.5.i",
  "e.9007199254740992.i",
  "e.1.i%00",
  "e.1.i%20",
  "e.1.i%0a",
  "%ff.1.i",
  "{}",
  "%00",
  "%F0%9F%92%AC",
  `${"e".repeat(65)}.1.i`,
  `e.1.${"i".repeat(10_000)}`,
];

test("[RES11] a malformed cursor is invalid_cursor in every query that takes one", async () => {
  const { ada } = await lively();
  for (const after of ["", ...garbage]) {
    for (const path of [EVENTS, MESSAGES]) {
      const response = await ada.call("GET", `${path}?after=${after}`);
      expect([after, await outcome(response)]).toEqual([after, "400 invalid_cursor after"]);
    }
  }
  // A number is a place for messages only.
  expect(await outcome(await ada.call("GET", `${EVENTS}?after=3`))).toBe(
    "400 invalid_cursor after",
  );
});

test("[RES11] [ERR2] a malformed cursor of a stream is an ordinary error before the stream", async () => {
  const { server, ada } = await lively();
  const ask = (query: string, headers: Record<string, string> = {}) =>
    server.fetch(EVENTS + query, {
      headers: { authorization: ada.authorization, accept: "text/event-stream", ...headers },
    });
  for (const after of garbage) {
    expect(await outcome(await ask(`?after=${after}`))).toBe("400 invalid_cursor after");
  }
  const good = await head(ada);
  for (const last of ["garbage", "e.01.i", "3", `${good}x.`, "e".repeat(5_000)]) {
    for (const query of ["", `?after=${good}`]) {
      const response = await ask(query, { "last-event-id": last });
      expect([last, await outcome(response)]).toMatchObject([
        last,
        expect.stringMatching(/^400 invalid_cursor/),
      ]);
    }
  }
});

test("[RES11] [ERR2] the same garbage is the same error on WebSocket", async () => {
  const { ada } = await lively();
  const socket = await ada.socket();
  for (const after of ["", "garbage", "e.1", "e.0.i", "e.01.i", "3"]) {
    const reply = await socket.ask({ type: "open-room", room: "general", after });
    expect(reply).toMatchObject({ ok: false, error: { code: "invalid_cursor", field: "after" } });
  }
  socket.close();
});

/** What may stand in a row's JSON where its event should be. */
const ruins: Record<string, string> = {
  nothing: "''",
  "half of it": "substr(json, 1, length(json) / 2)",
  "something before it": "'x' || json",
  "no JSON": "'not JSON at all'",
  null: "'null'",
  "a number": "'7'",
  "a string": `'"text"'`,
  "a list": "'[]'",
  "an empty object": "'{}'",
  "the event of another number": `replace(json, '"seq":', '"seq":9')`,
  "a number that is text": `replace(json, '"seq":' || seq, '"seq":"' || seq || '"')`,
  "bytes that are no text": "CAST(x'ff7b00' AS TEXT)",
  "a NUL behind it": "json || char(0) || 'x'",
};

/** A log in which each ruin stands between two good messages. */
async function ruined() {
  const first = await start();
  const ada = await first.guest("Ada");
  const names = Object.keys(ruins).flatMap((name) => [name, "good"]);
  await Promise.all(names.map((name) => say(first, ada.user.id, name)));
  const { events } = await read(ada, "?limit=200");
  await stop(first);
  const damaged = events.flatMap((event) => {
    const sql = event.type === "message.posted" ? ruins[event.text] : undefined;
    if (sql === undefined) return [];
    tamper(first.folder, `UPDATE event SET json = ${sql}, sum = NULL WHERE seq = ?`, event.seq);
    return [event.seq as number];
  });
  expect(damaged).toHaveLength(Object.keys(ruins).length);
  const server = await start({ folder: first.folder });
  const told: unknown[] = events.map(({ seq, id, ...rest }) =>
    damaged.includes(seq) ? { seq, id, type: "event.unreadable" } : { seq, id, ...rest },
  );
  return { server, reader: at(server, ada), events, damaged, told };
}

test("[AVL4] whatever is left of a record, the log is read past it, and it is told by its seq", async () => {
  const { reader, damaged, told } = await ruined();
  const { events, cursor } = await read(reader, "?limit=200");
  expect(events as unknown).toEqual(told);
  expect(cursor).toBe(await head(reader));
  for (const seq of damaged) {
    const [epoch] = cursor.split(".");
    const { id } = events[seq - 1]!;
    // It is a place to resume from like any other.
    const resumed = await read(reader, `?after=${epoch}.${seq}.${id}&limit=1`);
    expect(resumed.gap).toBeUndefined();
    expect(resumed.events as unknown).toEqual(told.slice(seq, seq + 1));
  }
});

test("[AVL4] whatever is left of a record, pages of messages hold all others and name it beside them", async () => {
  const { reader, events, damaged } = await ruined();
  const page = strictly(answers.Messages, await reader.get(`${MESSAGES}?limit=200`));
  expect(page.unreadable).toEqual(damaged);
  expect(page.messages.map(({ seq }) => seq as number)).toEqual(
    events.slice(1).flatMap(({ seq }) => (damaged.includes(seq) ? [] : [seq])),
  );
  for (const seq of damaged) {
    for (const query of [`before=${seq + 1}`, `after=${seq - 1}`, `around=${seq}`]) {
      const alone = await reader.get(`${MESSAGES}?${query}&limit=1`);
      expect([query, alone.messages, alone.unreadable]).toEqual([query, [], [seq]]);
    }
    const response = await reader.call("GET", `${MESSAGES}/${seq}`);
    expect([seq, await outcome(response)]).toEqual([seq, "404 message_not_found"]);
  }
  const last = strictly(answers.Messages, await reader.get(`${MESSAGES}?limit=1`));
  expect([last.messages.length, last.unreadable]).toEqual([1, undefined]);
  expect((await reader.post("it goes on")).status).toBe(201);
});

test.each([
  '{"seq":4}',
  '{"seq":4,"type":"message.posted","by":7,"text":null}',
  '{"seq":4,"by":{"a":[1]}}',
])("[AVL4] a record that is JSON but no event stops no page: %s", async (json) => {
  const { server, ada, events } = await lively();
  await stop(server);
  tamper(server.folder, "UPDATE event SET json = ?, sum = NULL WHERE seq = 4", json);
  const later = await start({ folder: server.folder });
  const reader = at(later, ada);
  const answered = await Promise.all([
    ...["", "?after=3", "?around=4"].map((query) => reader.call("GET", MESSAGES + query)),
    reader.call("GET", EVENTS),
  ]);
  const faults = later.faults.splice(0);
  expect(answered.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(faults).toEqual([]);
  for (const response of answered.slice(0, 3)) {
    expect(strictly(answers.Messages, await response.json()).unreadable).toEqual([4]);
  }
  expect((await read(reader)).events.map(({ seq, type }) => [seq, type])).toEqual(
    events.map(({ seq, type }) => [seq, seq === 4 ? "event.unreadable" : type]),
  );
});

test("[AVL4] a message that changed on the disk is never served as a good one", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await ada.post("tea for two", "c");
  await ada.post("and two for tea");
  await stop(server);
  // Where one bit is another, "w" is a "v".
  tamper(
    server.folder,
    "UPDATE event SET json = replace(json, 'two', 'tvo') WHERE client_id = 'c'",
  );
  const later = at(await start({ folder: server.folder }), ada);
  const { events } = await read(later);
  expect(events.map(({ type }) => type)).toEqual([
    "member.joined",
    "event.unreadable",
    "message.posted",
  ]);
  expect(await later.get(MESSAGES)).toMatchObject({
    messages: [{ text: "and two for tea" }],
    unreadable: [2],
  });
  expect((await later.call("GET", `${MESSAGES}/2`)).status).toBe(404);
  expect((await later.post("tea for two", "c")).status).toBe(200);
});

test("[AVL4] the newest, the oldest, and every record at once may be unreadable", async () => {
  const { server, ada, cursors } = await lively();
  await stop(server);
  const db = new Database(join(server.folder, "snug.db"));
  db.run("UPDATE event SET json = 'x'");
  db.close();
  const later = await start({ folder: server.folder });
  const reader = at(later, ada);
  const { events, users, cursor } = await read(reader);
  expect(events.map(({ seq, type }) => [seq, type])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((seq) => [seq, "event.unreadable"]),
  );
  expect([users, cursor]).toEqual([{}, cursors.at(-1)!]);
  const page = strictly(answers.Messages, await reader.get(MESSAGES));
  expect([page.messages, page.unreadable]).toEqual([[], [3, 4, 5, 7, 8]]);
  expect(page.cursor).toBe(cursors.at(-1)!);
  const { message } = strictly(answers.Message, await (await reader.post("still here")).json());
  expect(message.seq).toBe(9);
  expect((await read(reader, `?after=${cursors[7]}`)).events).toMatchObject([
    { seq: 8, type: "event.unreadable" },
    { seq: 9, text: "still here" },
  ]);
});

test("[AVL4] an unreadable record reaches a stream and a socket as event.unreadable too", async () => {
  const { server, ada, cursors } = await lively();
  await stop(server);
  tamper(server.folder, "UPDATE event SET json = '{', sum = NULL WHERE seq = 8");
  const later = await start({ folder: server.folder });
  const reader = await later.guest("Later");
  const after = cursors[6]!;
  const expected = [{ seq: 7 }, { seq: 8, type: "event.unreadable" }, { seq: 9 }];
  const stream = await reader.stream({ after });
  expect((await stream.events(3)).map(({ event }) => event)).toMatchObject(expected);
  stream.close();
  const socket = await reader.socket();
  await socket.ask({ type: "open-room", room: "general", after });
  expect(await socket.events(3)).toMatchObject(expected);
  socket.close();
  expect((await read(at(later, ada), `?after=${after}`)).events).toMatchObject(expected);
});

test("[AVL4] a repeat of a message whose record cannot be read is no fault of the server", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await ada.post("once", "c");
  await stop(server);
  tamper(server.folder, "UPDATE event SET json = '{', sum = NULL WHERE client_id = 'c'");
  const later = at(await start({ folder: server.folder }), ada);
  const again = await later.post("once", "c");
  expect(again.status).toBeLessThan(500);
  expect((await read(later)).events).toHaveLength(2);
});
