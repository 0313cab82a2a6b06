import { expect, test } from "bun:test";
import { limits, type Message } from "@snug/protocol";
import { Database } from "bun:sqlite";
import { connect } from "node:net";
import { join } from "node:path";
import { cheapPasswords, unzip, type TestGuest, type TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start, stop } = testServers();

const EVIL = `<script>alert(1)</script> **bold** <img src=x onerror=alert(1)> [x](javascript:alert(1)) "'&`;

async function exported(who: TestGuest, path: string) {
  const response = await who.call("GET", path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/zip");
  expect(response.headers.get("content-disposition")).toStartWith("attachment; ");
  const files = unzip(new Uint8Array(await response.arrayBuffer()));
  return new Map([...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));
}

async function upload(
  server: TestServer,
  who: TestGuest,
  room: string,
  name: string,
  body: string,
) {
  const response = await server.fetch(`/v1/rooms/${room}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { authorization: who.authorization },
    body,
  });
  return ((await response.json()) as { file: { id: string } }).file.id;
}

async function post(who: TestGuest, room: string, more: object): Promise<Message> {
  const body = { clientId: crypto.randomUUID(), text: "", ...more };
  const response = await who.call("POST", `/v1/rooms/${room}/messages`, body);
  expect(response.status).toBe(201);
  return ((await response.json()) as { message: Message }).message;
}

const linesOf = (text: string | undefined) =>
  (text ?? "")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Message & { type?: string; room: string; message: Message });

test("[EXP1] [EXP2] a room is exported with all that pages tell of it, its files, its people and a page to read it", async () => {
  const server = await start();
  const ada = await server.guest("Ada <b>");
  const bob = await server.guest("Bob");
  const room = await ada.room("public", { name: "Tea & cake" });
  await bob.call("PUT", `/v1/rooms/${room}/members/me`, {});
  const first = await post(ada, room, { text: EVIL });
  const file = await upload(server, bob, room, "../..\\evil.html", "<script>alert(2)</script>");
  await post(bob, room, { text: "look", files: [file] });
  await post(bob, room, { text: "below", thread: first.seq });
  const gone = await post(bob, room, { text: "a slip" });
  await bob.call("DELETE", `/v1/rooms/${room}/messages/${gone.seq}`);
  await post(bob, room, { text: `hello <@${ada.user.id}>`, replyTo: first.seq });
  await bob.call(
    "PUT",
    `/v1/rooms/${room}/messages/${first.seq}/reactions/${encodeURIComponent("👍")}`,
  );

  const whole = await exported(ada, `/v1/rooms/${room}/export`);
  const place = `files/${file}-evil.html`;
  expect([...whole.keys()].toSorted()).toEqual(
    [place, "index.html", "messages.jsonl", "room.json", "users.json"].toSorted(),
  );
  expect(whole.get(place)).toBe("<script>alert(2)</script>");
  const page = await ada.get(`/v1/rooms/${room}/messages`);
  const thread = await ada.get(`/v1/rooms/${room}/messages?thread=${first.seq}`);
  const all = [...page.messages, ...thread.messages.slice(1)] as Message[];
  expect(linesOf(whole.get("messages.jsonl")) as Message[]).toEqual(
    all.toSorted((one, other) => one.seq - other.seq),
  );
  expect(JSON.parse(whole.get("users.json")!).users).toEqual(page.users);
  const about = JSON.parse(whole.get("room.json")!);
  expect(about).toMatchObject({ room: { id: room, name: "Tea & cake" }, missing: [] });
  expect(about.members).toHaveLength(2);

  const html = whole.get("index.html")!;
  expect(html).toContain("default-src 'none'; style-src 'sha256-");
  expect(html.replaceAll(/<style>[^]*?<\/style>/g, "")).not.toMatch(
    /<script|<img|javascript:[^<]*"|\son\w+=[^<]*>|a slip/i,
  );
  expect(html).toContain("<strong>bold</strong>");
  expect(html).toContain(`@Ada &#60;b&#62;`);
  // What is named HTML is told of, and never a link.
  expect(html).toContain(place);
  expect(html).not.toContain(`href="files/`);
});

test("[EXP3] one's own data are the account, and what one said and sent in the rooms one is in", async () => {
  const server = await start({ passwords: cheapPasswords });
  const ada = await server.account("ada");
  const bob = await server.guest("Bob");
  const ours = await bob.room("private", { name: "Ours" });
  const theirs = await bob.room("public", { name: "Left" });
  await bob.call("PUT", `/v1/rooms/${ours}/members/${ada.user.id}`, {});
  await ada.call("PUT", `/v1/rooms/${theirs}/members/me`, {});
  await ada.post("mine, and left", "a", theirs);
  await ada.call("DELETE", `/v1/rooms/${theirs}/members/me`);
  const bobs = await post(bob, ours, { text: "a secret of Bob's" });
  const file = await upload(server, ada, ours, "plan.txt", "the plan");
  const mine = await post(ada, ours, { text: "mine", files: [file], replyTo: bobs.seq });
  const made = (await (await ada.call("POST", "/v1/tokens", {})).json()) as { token: string };

  const whole = await exported(ada, "/v1/me/export");
  expect(linesOf(whole.get("messages.jsonl"))).toEqual([{ room: ours, message: mine }] as never);
  expect(whole.get(`files/${file}-plan.txt`)).toBe("the plan");
  expect(JSON.parse(whole.get("me.json")!)).toMatchObject({ user: { username: "ada" } });
  const sessions = JSON.parse(whole.get("sessions.json")!);
  expect([sessions.sessions.length, sessions.tokens.length]).toEqual([1, 1]);
  const rooms = JSON.parse(whole.get("rooms.json")!).rooms as { room: { id: string } }[];
  expect(rooms.map(({ room }) => room.id).toSorted()).toEqual(["general", ours].toSorted());
  const text = [...whole.values()].join("\n");
  for (const secret of [
    "a secret of Bob's",
    "mine, and left",
    made.token,
    ada.token,
    "correct horse",
  ])
    expect(text).not.toContain(secret);
  const scoped = server.with(ada.user, made.token);
  expect(await outcome(await scoped.call("GET", "/v1/me/export"))).toBe("403 forbidden");
});

test("[EXP4] whoever loses the room or the session in the middle gets nothing more, and no whole archive", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const big = "x".repeat(20_000_000);
  for (const lose of ["the room", "a room of theirs", "the session"] as const) {
    const bob = await server.guest("Bob");
    // Whoever may still look in is in it no more.
    const room = await (lose === "a room of theirs"
      ? ada.room("public", { name: "Ours" })
      : ada.room("private", { name: "Ours" }));
    await ada.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
    for (let one = 0; one < 2; one++)
      await post(bob, room, { files: [await upload(server, bob, room, "a.txt", big)] });
    const path = lose === "the room" ? `/v1/rooms/${room}/export` : "/v1/me/export";
    const slow = await readSlowly(server, bob, path);
    if (lose !== "the session")
      await ada.call("DELETE", `/v1/rooms/${room}/members/${bob.user.id}`);
    else await bob.call("DELETE", "/v1/sessions/current");
    await Bun.sleep(600);
    const { text, isWhole } = await slow.rest();
    // What the network's buffers held by then may come; of two such files the second never does.
    expect(text.length).toBeLessThan(25_000_000);
    expect([lose, isWhole]).toEqual([lose, false]);
  }
});

/** Bytes by which the first file is on its way. */
const BEGUN = 1_000_000;

/** Takes the beginning of an answer, and the rest when it is asked for: `fetch` takes all there is. */
async function readSlowly(server: TestServer, who: TestGuest, path: string) {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  const parts: Buffer[] = [];
  let taken = 0;
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  socket.on("data", (bytes: Buffer) => {
    parts.push(bytes);
    if (taken >= BEGUN) return;
    taken += bytes.length;
    if (taken < BEGUN) return;
    socket.pause();
    begun.resolve();
  });
  socket.on("error", () => {});
  socket.on("close", () => ended.resolve());
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: ${who.authorization}\r\nConnection: close\r\n\r\n`,
  );
  await begun.promise;
  return {
    async rest() {
      socket.resume();
      await ended.promise;
      const text = Buffer.concat(parts).toString("latin1");
      expect(text).toStartWith("HTTP/1.1 200");
      return { text, isWhole: text.endsWith("0\r\n\r\n") };
    },
  };
}

test("[EXP5] a damaged record is told by its number, and stops nothing", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const messages = [];
  for (const text of ["one", "two", "three"]) messages.push(await post(ada, "general", { text }));
  const bad = messages[1]!.seq;
  const { folder } = server;
  await stop(server);
  const db = new Database(join(folder, "snug.db"));
  db.run("UPDATE event SET json = replace(json, 'two', 'tva') WHERE seq = ?", [bad]);
  db.close();
  const again = await start({ folder });
  const whole = await exported(again.with(ada.user, ada.token), "/v1/rooms/general/export");
  const lines = linesOf(whole.get("messages.jsonl"));
  expect(lines.map(({ text, type }) => text ?? type)).toEqual(["one", "event.unreadable", "three"]);
  expect(lines[1]?.seq).toBe(bad);
  expect(whole.get("index.html")).toContain(`Record ${bad} of this room is damaged`);
});

test("[EXP6] [EXP7] a few exports at once and a minute, which end with their readers", async () => {
  expect([limits.exportsAtOnce, limits.exportsBurst]).toEqual([2, 6]);
  const server = await start({ rateLimits: "on" });
  const ada = await server.guest("Ada");
  const file = await upload(server, ada, "general", "a.txt", "x".repeat(20_000_000));
  await post(ada, "general", { files: [file] });
  const begin = () => ada.call("GET", "/v1/rooms/general/export");
  const [one, two] = [await begin(), await begin()];
  const third = await begin();
  expect(third.headers.get("retry-after")).toBe("5");
  expect(await outcome(third)).toBe("429 rate_limited");
  await one.body?.cancel();
  await two.body?.cancel();
  const head = await server.fetch("/v1/me/export", {
    method: "HEAD",
    headers: { authorization: ada.authorization },
  });
  expect(head.status).toBe(200);
  await Bun.sleep(200);
  expect((await exported(ada, "/v1/rooms/general/export")).size).toBe(5);
  const sixth = await begin();
  expect(sixth.status).toBe(200);
  await sixth.body?.cancel();
  expect(await outcome(await begin())).toBe("429 rate_limited");
});
