import { expect, test } from "bun:test";
import { answers, GENERAL, limits, type Message, type RoomId } from "@snug/protocol";
import fc from "fast-check";
import * as v from "valibot";
import { welcome } from "../core/draft.ts";
import { newSession, newUser, posting } from "../fixtures.ts";
import { randomIds } from "../ids.ts";
import { type TestGuest, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

const MESSAGES = "/v1/rooms/general/messages";
const EVENTS = "/v1/rooms/general/events";

const post = (guest: TestGuest, body: unknown) => guest.call("POST", MESSAGES, body);

async function posted(response: Response): Promise<Message> {
  expect([200, 201]).toContain(response.status);
  return strictly(answers.Message, await response.json()).message;
}

const page = async (guest: TestGuest, query = "") =>
  strictly(answers.Messages, await guest.get(MESSAGES + query));

const log = async (guest: TestGuest, query = "?limit=200") =>
  strictly(answers.Events, await guest.get(EVENTS + query)).events;

const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);

/** Puts a message at the end of the log, without a call. */
const say = (server: TestServer, by: string, text: string) =>
  server.engine.store.append(posting(GENERAL, by, text));

/** Puts another member into the room. */
function join(server: TestServer) {
  const eve = newUser(randomIds.id(), { name: "Eve" });
  return server.engine.store.addUser(eve, newSession(eve.id), welcome(randomIds, eve));
}

/** Messages of two people, with joins before, between and behind them. */
async function conversation(server: TestServer) {
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const steps = ["Ada", "Bob", "Ada", "join", "Bob", "join", "join", "Ada", "Bob", "join"];
  const speakers: Record<string, string> = { Ada: ada.user.id, Bob: bob.user.id };
  await Promise.all(
    steps.map((step) => {
      const by = speakers[step];
      return by === undefined ? join(server) : say(server, by, `${step} says`);
    }),
  );
  const events = await log(ada);
  expect(events).toHaveLength(12);
  return { ada, bob, events, all: seqs(events.filter(({ type }) => type === "message.posted")) };
}

test("[MSG1] a message has every field, and its event the same, flat", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const before = Date.now();
  const response = await post(ada, { clientId: "c-1", text: "Hello, room" });
  expect(response.status).toBe(201);
  const message = await posted(response);
  expect(message as object).toEqual({
    seq: 2,
    id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    at: expect.any(Number),
    by: ada.user.id,
    clientId: "c-1",
    text: "Hello, room",
    replyTo: null,
    thread: null,
    files: [],
    reactions: {},
    editedAt: null,
    deletedAt: null,
    pinned: false,
  });
  expect(message.at).toBeWithin(before, Date.now() + 1);
  expect((await log(ada)).at(-1)).toEqual({ type: "message.posted", ...message });
  expect(await page(ada)).toMatchObject({ messages: [message] });
  expect(await posted(await ada.call("GET", `${MESSAGES}/2`))).toEqual(message);
});

test("[ACC1] sender, role, seq and time in a body have no effect", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const forged = {
    seq: 99,
    id: "forged",
    at: 1,
    by: bob.user.id,
    role: "owner",
    type: "member.joined",
    room: "nowhere",
    user: bob.user,
    name: "Bob",
    editedAt: 1,
    deletedAt: 1,
    pinned: true,
    reactions: { "👍": [bob.user.id] },
  };
  const message = await posted(await post(ada, { clientId: "c", text: "mine", ...forged }));
  expect(message).toMatchObject({ seq: 3, by: ada.user.id, editedAt: null, deletedAt: null });
  expect(message).toMatchObject({ pinned: false, reactions: {}, text: "mine" });
  expect(message.id as string).not.toBe("forged");
  expect(message.at).toBeGreaterThan(1_000_000_000_000);
  expect((await log(ada)).at(-1)).toEqual({ type: "message.posted", ...message });
  const { members } = strictly(answers.Members, await ada.get("/v1/rooms/general/members"));
  expect(members.map(({ role }) => role)).toEqual(["member", "member"]);

  const guest = await server.fetch("/v1/guests", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Eve", id: ada.user.id, guest: false, token: "t", by: 1 }),
  });
  const { user, token } = strictly(answers.Guest, await guest.json());
  expect(user).toMatchObject({ name: "Eve", guest: true });
  expect(user.id as string).not.toBe(ada.user.id);
  expect(token).not.toBe("t");
});

test("[MSG2] text comes back as it was sent, from every call", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const text = fc
    .string({ unit: "binary", maxLength: 60 })
    .map((some) => `x${some}`.replaceAll("\0", ""));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const answered = await Promise.all(texts.map(async (some) => posted(await ada.post(some))));
      expect(answered.map((message) => message.text)).toEqual(texts);
      const { messages } = await page(ada, `?limit=${texts.length}`);
      expect(messages).toEqual(answered.toSorted((one, other) => one.seq - other.seq));
    }),
    { numRuns: 5 },
  );
});

test("[MSG2] text that looks like something else is only text", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const text of [
    " outer space stays \n",
    "\ufeffmark first",
    "\r\nlines\u2028and\u2029more\u0085\n\n",
    "e\u0301 is not \u00e9",
    "\u202eesrever\u0007\u001b[31m",
    "👩\u200d👩\u200d👧 ❤\ufe0f 🏳\ufe0f\u200d🌈",
    "\uffff\u{10ffff}\ue000",
    '","type":"message.posted",',
    '"type":"message.posted",',
    "$& $1 $` \\u0000 \\n \\",
    "data: x\n\nevent: gap\n\n",
    "<script>alert(1)</script>",
    "__proto__",
    "null",
    "0",
  ]) {
    const message = await posted(await ada.post(text));
    expect(message.text).toBe(text);
    expect(await posted(await ada.call("GET", `${MESSAGES}/${message.seq}`))).toEqual(message);
    expect((await log(ada)).at(-1)).toEqual({ type: "message.posted", ...message });
  }
});

test("[MSG2] [AVL1] text without anything to see, with a lone surrogate or NUL, is refused", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const before = await ada.get(EVENTS);
  const empty = ["", " ", "\n\t\r", "\u00a0\u3000", "\u200b\u200d", "\ufeff", "\u202e", "\u0007"];
  const unsound = ["\ud800", "a\udc00b", "\udc00\ud800", "\0", "a\0b", "text\0"];
  for (const text of [...empty, ...unsound]) {
    const response = await ada.post(text);
    expect([text, await outcome(response)]).toEqual([text, "400 invalid_request text"]);
  }
  expect(await ada.get(EVENTS)).toEqual(before);
});

test("[MSG2] text of invisible letters and marks alone is refused", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const text of ["\u3164", "\u115f\u1160", "\uffa0", "\u034f", "\ufe0f", "\u{e0100}"]) {
    expect([text, await outcome(await ada.post(text))]).toEqual([text, "400 invalid_request text"]);
  }
});

test("[LIM2] 16 KiB of UTF-8 is accepted, one byte more is 413 too_large, on every door", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const socket = await ada.socket();
  for (const unit of ["x", "é", "€", "😀", "\n"]) {
    const most = "x" + unit.repeat(Math.floor((16_384 - 1) / Buffer.byteLength(unit)));
    const text = most + "x".repeat(16_384 - Buffer.byteLength(most));
    expect((await posted(await ada.post(text))).text).toBe(text);
    const { seq } = (await ada.get("/v1/rooms/general")).room;
    const response = await ada.post(`${text}x`);
    expect(await outcome(response)).toBe("413 too_large text");
    const command = { type: "post-message", room: "general" };
    const reply = await socket.ask({ ...command, clientId: `${unit}+1`, text: `${text}x` });
    expect(reply).toMatchObject({ ok: false, error: { code: "too_large", field: "text" } });
    expect((await ada.get("/v1/rooms/general")).room.seq).toBe(seq);
    expect(await socket.ask({ ...command, clientId: unit, text })).toMatchObject({ ok: true });
  }
  socket.close();
});

test("[LIM4] a clientId has 1 to 64 characters and comes back as it was sent", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const clientId of ["x", " ", "x".repeat(64), "😀".repeat(64), "a\nb", "__proto__", '"}']) {
    expect((await posted(await ada.post("t", clientId))).clientId).toBe(clientId);
  }
  const before = await ada.get(EVENTS);
  const odd = [undefined, null, 5, true, ["c"], { c: 1 }, "\0", "c\0", "\ud800"];
  for (const clientId of ["", "x".repeat(65), "😀".repeat(65), "x".repeat(10_000), ...odd]) {
    const response = await post(ada, { clientId, text: "t" });
    expect([clientId, await outcome(response)]).toEqual([clientId, "400 invalid_request clientId"]);
  }
  expect(await ada.get(EVENTS)).toEqual(before);
});

test("[MSG3] the newest page, in ascending order, with everybody it names in by", async () => {
  const server = await start();
  const { ada, bob, all } = await conversation(server);
  const newest = await page(ada);
  expect(seqs(newest.messages)).toEqual(all);
  expect(newest.users as object).toEqual({
    [ada.user.id]: { ...ada.user, guest: true },
    [bob.user.id]: { ...bob.user, guest: true },
  });
  const last = await page(ada, "?limit=1");
  expect(seqs(last.messages)).toEqual(all.slice(-1));
  expect(Object.keys(last.users)).toEqual([bob.user.id]);
});

test("[MSG3] [MSG5] an empty room has an empty page, whose cursor the first message comes after", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const query of ["", "?before=1", "?after=0", "?around=1"]) {
    const empty = await page(ada, query);
    expect([query, empty.messages, empty.users]).toEqual([query, [], {}]);
    const { seq } = await posted(await ada.post("the next"));
    const events = await log(ada, `?after=${empty.cursor}`);
    expect([query, seqs(events).includes(seq)]).toEqual([query, true]);
    await server.engine.store.trim("general" as RoomId, seq);
  }
});

test("[MSG4] before and after answer the nearest messages below and above, around both sides", async () => {
  const server = await start();
  const { ada, all } = await conversation(server);
  const head = all.at(-1)! + 1;
  for (const limit of [1, 2, 3, 4, 50]) {
    for (let seq = 1; seq <= head + 2; seq++) {
      const below = all.filter((other) => other < seq);
      const above = all.filter((other) => other > seq);
      const at = (place: string) => page(ada, `?${place}=${seq}&limit=${limit}`);
      expect(seqs((await at("before")).messages)).toEqual(below.slice(-limit));
      expect(seqs((await at("after")).messages)).toEqual(above.slice(0, limit));

      const around = seqs((await at("around")).messages);
      expect(around.length).toBeLessThanOrEqual(limit);
      // A stretch of all messages without a hole, with itself and what is beside it.
      const first = all.indexOf(around[0] ?? 0);
      if (around.length > 0) expect(around).toEqual(all.slice(first, first + around.length));
      if (all.includes(seq)) expect(around).toContain(seq);
      if (limit >= 3 && below.length > 0) expect(around).toContain(below.at(-1)!);
      if (limit >= 3 && above.length > 0) expect(around).toContain(above[0]!);
    }
  }
});

test("[MSG4] more than one of before, after and around is invalid_request", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const query of [
    "before=2&after=1",
    "after=1&around=1",
    "before=2&around=1",
    "before=2&after=1&around=1",
    `after=${(await page(ada)).cursor}&before=9`,
  ]) {
    const response = await ada.call("GET", `${MESSAGES}?${query}`);
    expect(await outcome(response)).toMatch(/^400 invalid_request/);
  }
});

test("[MSG4] [ERR1] the detail of a query's fault speaks of the query, not of a body", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const response = await ada.call("GET", `${MESSAGES}?before=2&after=1`);
  const { detail } = v.parse(answers.Problem, await response.json());
  expect(detail).toMatch(/before.*after.*around/);
  expect(detail).not.toContain("body");
});

test("[MSG4] [HTTP1] a place or limit of the wrong form is invalid_request with its field", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const odd = ["", "0", "-1", "1.5", "1e3", "01", "abc", "%31x", "1%00", "9007199254740992", "∞"];
  for (const field of ["before", "around"]) {
    for (const value of odd) {
      const response = await ada.call("GET", `${MESSAGES}?${field}=${value}`);
      expect([value, await outcome(response)]).toEqual([value, `400 invalid_request ${field}`]);
    }
  }
  for (const path of [MESSAGES, EVENTS]) {
    for (const limit of [...odd, "201", "10000"]) {
      const response = await ada.call("GET", `${path}?limit=${limit}`);
      expect([limit, await outcome(response)]).toEqual([limit, "400 invalid_request limit"]);
    }
  }
});

test("[MSG4] before, after and around take every seq there can be", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await ada.post("one");
  for (const [query, found] of [
    ["before=9007199254740991", [2]],
    ["around=9007199254740991", [2]],
    ["after=9007199254740991", []],
    ["after=999999999999999", []],
    ["before=1", []],
    ["after=0", [2]],
  ] as const) {
    const response = await ada.call("GET", `${MESSAGES}?${query}`);
    expect([query, response.status]).toEqual([query, 200]);
    expect(seqs(strictly(answers.Messages, await response.json()).messages)).toEqual([...found]);
  }
});

test("[MSG5] what is newer than a page comes after its cursor, once, wherever it is sent", async () => {
  const server = await start();
  const { ada, events, all } = await conversation(server);
  const queries = ["", "?limit=1", "?limit=3"];
  for (const limit of [1, 3]) {
    for (const { seq } of events) {
      for (const place of ["before", "after", "around"]) {
        queries.push(`?${place}=${seq}&limit=${limit}`);
      }
    }
  }
  for (const query of queries) {
    const { messages, cursor } = await page(ada, query);
    const last = messages.at(-1)?.seq ?? (query.includes("before") ? 0 : Infinity);
    const newer = all.filter((seq) => seq > last);
    const next = await page(ada, `?after=${cursor}&limit=200`);
    expect([query, seqs(next.messages)]).toEqual([query, newer]);
    const resumed = await log(ada, `?after=${cursor}`);
    expect([query, all.filter((seq) => seqs(resumed).includes(seq))]).toEqual([query, newer]);
    expect(next.gap).toBeUndefined();
  }
});

test("[MSG5] pages linked by their cursors walk all messages, each once", async () => {
  const server = await start();
  const { ada, all } = await conversation(server);
  const walked: number[] = [];
  let after = "0";
  for (;;) {
    const { messages, cursor } = await page(ada, `?after=${after}&limit=2`);
    if (messages.length === 0) break;
    walked.push(...seqs(messages));
    after = cursor;
  }
  expect(walked).toEqual(all);
});

test("[MSG5] [MSG3] a page read while others post and join is whole with what follows its cursor", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const busy = Array.from({ length: 40 }, (_, index) =>
    index % 8 === 7 ? server.guest("Eve") : ada.post(`${index}`),
  );
  const pages = await Promise.all(Array.from({ length: 10 }, () => page(ada, "?limit=200")));
  await Promise.all(busy);
  const all = seqs((await log(ada)).filter(({ type }) => type === "message.posted"));
  expect(all).toHaveLength(35);
  for (const { messages, cursor } of pages) {
    const rest = (await page(ada, `?after=${cursor}&limit=200`)).messages;
    expect([...seqs(messages), ...seqs(rest)]).toEqual(all);
  }
});

test("[MSG6] one message by its seq; another event or no event is message_not_found", async () => {
  const server = await start();
  const { ada, events } = await conversation(server);
  for (const { type, ...event } of events) {
    const response = await ada.call("GET", `${MESSAGES}/${event.seq}`);
    if (type === "message.posted") expect((await posted(response)) as object).toEqual(event);
    else expect(await outcome(response)).toBe("404 message_not_found");
  }
  const none = `${events.length + 1}`;
  const odd = ["0", "-1", "03", "3.0", "3e0", "0x3", "+3", "%203", "3%00", "abc", "{}", "%zz"];
  const huge = ["9007199254740991", "9007199254740993", "9".repeat(30), "9".repeat(10_000)];
  for (const seq of [none, ...odd, ...huge, "undefined", "NaN", "__proto__", "3%2f"]) {
    const response = await ada.call("GET", `${MESSAGES}/${seq}`);
    expect([seq, await outcome(response)]).toEqual([seq, "404 message_not_found"]);
  }
});

test("[LIM5] a page holds 50 by default and 200 at most", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await Promise.all(Array.from({ length: 210 }, () => say(server, ada.user.id, "one of many")));
  const all = Array.from({ length: 210 }, (_, index) => index + 2);
  expect(seqs((await page(ada)).messages)).toEqual(all.slice(-50));
  expect(seqs((await page(ada, "?limit=200")).messages)).toEqual(all.slice(-200));
  expect(seqs((await page(ada, "?limit=1")).messages)).toEqual(all.slice(-1));
  expect((await page(ada, "?around=106&limit=200")).messages).toHaveLength(200);
  expect((await page(ada, "?around=106")).messages).toHaveLength(50);
  expect(seqs(await log(ada, ""))).toEqual([1, ...all].slice(0, 50));
  expect(seqs(await log(ada, "?limit=200"))).toEqual([1, ...all].slice(0, 200));
  for (const path of [MESSAGES, EVENTS]) {
    const response = await ada.call("GET", `${path}?limit=201`);
    expect(await outcome(response)).toBe("400 invalid_request limit");
  }
  expect(limits).toMatchObject({ pageDefault: 50, pageMax: 200 });
});

test("[IDM1] a repeat answers 200 with the first message and adds no event", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const body = { clientId: "c", text: "once\n" };
  const first = await post(ada, body);
  expect(first.status).toBe(201);
  const message = await posted(first);
  await ada.post("something else between");
  const before = await ada.get(EVENTS);
  // What the server does not know of a body is no part of it.
  for (const again of [body, { text: "once\n", clientId: "c" }, { ...body, seq: 7, by: "x" }]) {
    const response = await post(ada, again);
    expect(response.status).toBe(200);
    expect(await posted(response)).toEqual(message);
  }
  expect(await ada.get(EVENTS)).toEqual(before);
});

test("[IDM2] the same clientId with another body is a conflict, and the first stays", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const message = await posted(await ada.post("first", "c"));
  const before = await ada.get(EVENTS);
  for (const text of [
    "second",
    "first ",
    "First",
    "fi",
    'first","replyTo":null',
    "firs\u0074\u200b",
  ]) {
    expect(await outcome(await ada.post(text, "c"))).toBe("409 client_id_conflict clientId");
  }
  expect(await ada.get(EVENTS)).toEqual(before);
  expect(await posted(await ada.post("first", "c"))).toEqual(message);
});

test("[IDM2] clientIds that differ only in case, form or white space are different", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const clientId of ["c", "C", " c", "c ", "\u00e9", "e\u0301"]) {
    expect((await ada.post("t", clientId)).status).toBe(201);
  }
});

test("[IDM3] repeats sent at the same moment agree: one event, one message for all", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const socket = await ada.socket();
  const command = { type: "post-message", room: "general", clientId: "c", text: "once" };
  const [replies, ...responses] = await Promise.all([
    Promise.all(Array.from({ length: 5 }, () => socket.ask(command))),
    ...Array.from({ length: 20 }, () => ada.post("once", "c")),
  ]);
  const [message, ...others] = await Promise.all(responses.map(posted));
  for (const other of [...others, ...replies.map((reply) => reply["message"])]) {
    expect(other).toEqual(message);
  }
  expect(responses.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
  expect(await log(ada)).toHaveLength(2);
  socket.close();
});

test("[IDM3] of different bodies sent at the same moment one is posted, the others conflict", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => outcome(await ada.post(`text ${index}`, "c"))),
  );
  expect(outcomes.toSorted()).toEqual([
    "201",
    ...Array.from({ length: 9 }, () => "409 client_id_conflict clientId"),
  ]);
  expect(await log(ada)).toHaveLength(2);
});

test("[IDM4] a repeat is known over doors, restarts and retention; another sender's is not one", async () => {
  const first = await start();
  const ada = await first.guest("Ada");
  const bob = await first.guest("Bob");
  const message = await posted(await ada.post("once", "c"));
  expect((await bob.post("once", "c")).status).toBe(201);
  expect((await bob.post("his own", "d")).status).toBe(201);
  expect((await ada.post("her own", "d")).status).toBe(201);

  const repeat = { type: "post-message", room: "general", clientId: "c", text: "once" };
  const socket = await ada.socket();
  expect(await socket.ask(repeat)).toMatchObject({ ok: true, message });
  const onSocket = await socket.ask({ ...repeat, clientId: "e" });
  expect(await posted(await ada.post("once", "e"))).toEqual(onSocket["message"]);
  socket.close();
  await stop(first);

  const server = await start({ folder: first.folder });
  const again = (clientId: string, text: string) =>
    server.fetch(MESSAGES, {
      method: "POST",
      headers: { authorization: ada.authorization, "content-type": "application/json" },
      body: JSON.stringify({ clientId, text }),
    });
  const response = await again("c", "once");
  expect(response.status).toBe(200);
  expect(await posted(response)).toEqual(message);
  expect(await outcome(await again("c", "other"))).toBe("409 client_id_conflict clientId");

  await server.engine.store.trim("general" as RoomId, message.seq);
  const afterTrim = await again("c", "once");
  expect(afterTrim.status).toBe(200);
  expect(await posted(afterTrim)).toMatchObject({ seq: message.seq, id: message.id });
});

test("[ORD4] what is sent after an answer comes after it, over whatever doors", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const [one, other] = [await ada.socket(), await bob.socket()];
  const command = { type: "post-message", room: "general" };
  const doors = [
    (text: string) => ada.post(text),
    (text: string) => one.ask({ ...command, clientId: text, text }),
    (text: string) => bob.post(text),
    (text: string) => other.ask({ ...command, clientId: text, text }),
    (text: string) => server.guest(text),
  ];
  const sent: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (const [index, send] of doors.entries()) {
      // Others post at the same time; only what follows an answer is ordered by it.
      const noise = bob.post("noise");
      const text = `${round}.${index}`;
      await send(text);
      sent.push(text);
      await noise;
    }
  }
  const told = (await log(ada)).flatMap((event) => {
    if (event.type === "message.posted") return event.text === "noise" ? [] : [event.text];
    return event.type === "member.joined" ? [event.user.name] : [];
  });
  expect(told).toEqual(["Ada", "Bob", ...sent]);
  for (const socket of [one, other]) socket.close();
});
