import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { cpSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "./clock.ts";
import type { Blobs } from "./core/ports.ts";
import { openEmbedded } from "./engine/embedded/engine.ts";
import { openFolderBlobs } from "./engine/embedded/folder-blobs.ts";
import { readMoveMark } from "./engine/embedded/move-mark.ts";
import { memoryBlobs } from "./engine/memory/blobs.ts";
import { moveHouse, type MoveOptions } from "./engine/move/move.ts";
import { openRedis } from "./engine/redis/engine.ts";
import { startRedis } from "./engine/redis/testing.ts";
import { openS3Blobs } from "./engine/s3-blobs.ts";
import { startS3 } from "./engine/s3-stand-in.ts";
import { hostTokens } from "./host-tokens.ts";
import {
  cheapPasswords,
  PASSWORD,
  startTestServer,
  type TestGuest,
  type TestServer,
} from "./testing.ts";

// oxlint-disable-next-line no-explicit-any
type Json = Record<string, any>;

const root = mkdtempSync(join(tmpdir(), "snug-move-"));
const redis = await startRedis();
const s3 = await startS3();
afterAll(async () => {
  rmSync(root, { recursive: true });
  await redis.close();
  await s3.close();
});

const SECRET = "a secret that host and Snug share";
const shared = {
  passwords: cheapPasswords,
  // The first account is the administrator.
  adminClaim: null,
  hostTokens: hostTokens({ secret: SECRET }, systemClock),
};
const newFolder = () => mkdtempSync(join(root, "house-"));
const startIn = async (folder: string, blobs?: Blobs) => {
  const engine = await openEmbedded({ folder, clock: systemClock, ...(blobs && { blobs }) });
  return startTestServer({ ...shared, engine, folder });
};
const startOn = async (blobs: Blobs) => {
  const engine = await openRedis({ url: redis.url, clock: systemClock, blobs });
  return startTestServer({ ...shared, engine, folder: root });
};

/** Takes the house to an empty Redis, unless it is on its way. */
function toRedis(folder: string, to: Blobs | null, more: Partial<MoveOptions> = {}) {
  const from = openFolderBlobs(join(folder, "files"));
  const [url, clock] = [redis.url, systemClock];
  return moveHouse({ url, clock, folder, from, to: to ?? from, ...more });
}

/** What it says as it fails. */
const failure = (work: Promise<unknown>) =>
  work.then(
    () => "it did not fail",
    (fault: Error) => fault.message,
  );

/** Somebody, and what they hold of a house from before. */
interface Person {
  readonly name: string;
  readonly user: TestGuest["user"];
  readonly token: string;
}

interface House {
  readonly people: readonly Person[];
  readonly rooms: Readonly<Record<string, string>>;
  /** Places in logs, taken at different times. */
  readonly cursors: readonly (readonly [room: string, cursor: string])[];
  readonly files: readonly string[];
  readonly roots: readonly (readonly [room: string, seq: number])[];
  readonly invites: readonly string[];
}

/** A house in which everything was done at least once, by the calls of anybody. */
async function live(server: TestServer): Promise<House> {
  const [ada, bob, cleo] = [
    await server.account("ada"),
    await server.account("Bob.B"),
    await server.account("cleo"),
  ];
  const [gus, eve, mal] = [
    await server.guest("Gus"),
    await server.account("eve"),
    await server.guest("Mal"),
  ];
  const signed = (sub: string, name: string, rooms: object) =>
    new SignJWT({ sub, name, rooms, avatar: "Ha" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(SECRET));
  const files: string[] = [];
  const cursors: [string, string][] = [];
  const invites: string[] = [];
  const does = async (who: TestGuest, method: string, path: string, body?: unknown) => {
    const answer = await who.call(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? {} : await answer.json()) as Json;
  };
  const at = (room: string, rest = "") => `/v1/rooms/${room}${rest}`;
  const say = async (who: TestGuest, room: string, text: string, more: object = {}) => {
    const body = { clientId: text.slice(0, 60) || "files", text, ...more };
    const { message } = await does(who, "POST", at(room, "/messages"), body);
    return message["seq"] as number;
  };
  const on = (room: string, seq: number, rest = "") => at(room, `/messages/${seq}${rest}`);
  const upload = async (who: TestGuest, room: string, body: string | Uint8Array<ArrayBuffer>) => {
    const answer = await server.fetch(at(room, "/files?name=a"), {
      method: "POST",
      headers: { authorization: who.authorization },
      body,
    });
    const { file } = (await answer.json()) as Json;
    files.push(file.id);
    return file.id as string;
  };
  const mark = async (room: string) => {
    const { cursor } = await ada.get(at(room, "/messages?limit=1"));
    cursors.push([room, cursor]);
  };

  const talk = await ada.room("private", { name: "Support", topic: "Who needs help", capacity: 9 });
  for (const [who, role] of [
    [bob, "moderator"],
    [cleo, "member"],
    [gus, "reader"],
    [eve, "member"],
  ] as const)
    await does(ada, "PUT", at(talk, `/members/${who.user.id}`), { role });
  const hana = server.with(
    { id: "", name: "Hana" },
    await signed("hana", "Hana", { [talk]: "post" }),
  );
  const { user: hosted } = await hana.get("/v1/me");

  // Much in one room, so that it is brought in several steps and lists.
  const lines = Array.from({ length: 300 }, (_, count) => `line ${count} of ${count % 7}`);
  await Promise.all(lines.map((line, count) => say([ada, bob][count % 2]!, "general", line)));
  await mark("general");
  await does(cleo, "PUT", at("general", "/read"), { seq: 120 });
  await does(bob, "PUT", at("general", "/read"), { seq: 250 });
  await does(bob, "PUT", at("general", "/read"), { seq: 240, back: true });

  const roots: [string, number][] = [];
  const first = await say(ada, talk, "the first, for <@cleo> and nobody else");
  await say(bob, talk, `hello <@${ada.user.id}>, and <@${eve.user.id}>`, { replyTo: first });
  await mark(talk);
  const begun = await say(cleo, talk, `what of this, <@${gus.user.id}>?`);
  roots.push([talk, begun], [talk, first]);
  for (const [who, text] of [
    [ada, "below it"],
    [bob, `<@${cleo.user.id}> look`],
    [hana, "me too"],
    [ada, "once more, @room"],
  ] as const)
    await say(who, talk, text, { thread: begun });
  await say(eve, talk, "to the first", { thread: first });
  const slip = await say(bob, talk, "a slip in the thread", { thread: begun });
  await does(bob, "DELETE", on(talk, slip));
  await does(cleo, "PUT", at(talk, "/read"), { seq: slip, thread: begun });
  await say(bob, talk, "after cleo's mark", { thread: begun });
  const edited = await say(cleo, talk, "with a mistak");
  await does(cleo, "PATCH", on(talk, edited), { text: "with a mistake" });
  await does(cleo, "PATCH", on(talk, edited), { text: `mended, <@${bob.user.id}> @room` });
  const deleted = await say(cleo, talk, "words to be erased");
  await does(cleo, "PATCH", on(talk, deleted), { text: "other words to be erased" });
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
  const kept = await upload(cleo, talk, bytes);
  await say(cleo, talk, "", { files: [kept, await upload(cleo, talk, await png())] });
  const withFile = await say(bob, talk, "and a file", { files: [await upload(bob, talk, "gone")] });
  await does(bob, "DELETE", on(talk, withFile));
  await say(eve, talk, "eve's own file", { files: [await upload(eve, talk, "of eve's")] });
  await upload(gus, "general", "never posted");
  await upload(cleo, talk, "kept for later");
  for (const [who, emoji] of [
    [ada, "👍"],
    [bob, "👍"],
    [cleo, "🎉"],
    [bob, "🎉"],
  ] as const)
    await does(who, "PUT", on(talk, edited, `/reactions/${encodeURIComponent(emoji)}`), {});
  await does(cleo, "DELETE", on(talk, edited, `/reactions/${encodeURIComponent("🎉")}`));
  for (const seq of [edited, first, deleted, begun]) await does(bob, "PUT", on(talk, seq, "/pin"));
  await does(bob, "DELETE", on(talk, first, "/pin"));
  await does(bob, "DELETE", on(talk, deleted));
  await mark(talk);

  await does(cleo, "PUT", at(talk, "/level"), { level: "mentions" });
  await does(gus, "PUT", at("general", "/level"), { level: "none" });
  await does(ada, "PATCH", "/v1/me", { name: "Ada Ä.", avatar: "🦊" });
  await does(bob, "PATCH", "/v1/me", { presence: "invisible" });
  await does(cleo, "PATCH", "/v1/me", { receipts: false });
  const device = { username: "ada", password: PASSWORD };
  const signIn = await server.fetch("/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(device),
  });
  const { token: second } = (await signIn.json()) as Json;
  const { token: own } = await does(ada, "POST", "/v1/tokens", {});
  const scope = { room: talk, can: "read", ttl: 3_600 };
  const { token: reading } = await does(ada, "POST", "/v1/tokens", scope);

  const hall = await bob.room("public", { name: "Hall", topic: "All of us" });
  for (const who of [ada, cleo, eve, mal]) await does(who, "PUT", at(hall, "/members/me"), {});
  for (let count = 0; count < 6; count++) await say(mal, hall, `before it was cleared ${count}`);
  await mark(hall);
  await does(bob, "PUT", at(hall, `/bans/${mal.user.id}`));
  await does(bob, "PUT", at(hall, `/bans/${gus.user.id}`));
  await does(bob, "PATCH", at(hall, `/members/${ada.user.id}`), { role: "owner" });
  await does(cleo, "DELETE", at(hall, "/members/me"));
  // Muted, gone, and then nothing of it is left in the log.
  const ivy = await server.guest("Ivy");
  await does(ivy, "PUT", at(hall, "/members/me"), {});
  await does(bob, "PATCH", at(hall, `/members/${ivy.user.id}`), { role: "reader" });
  await does(ivy, "DELETE", at(hall, "/members/me"));
  await does(bob, "DELETE", at(hall, "/messages"));
  const after = await say(bob, hall, `after that, <@${cleo.user.id}> @room`);
  await does(cleo, "PUT", at(hall, "/members/me"), {});
  await does(bob, "PATCH", on(hall, after), { text: `again, <@${cleo.user.id}>` });
  await say(ada, hall, `cleo is back: <@${cleo.user.id}>`);

  const direct = await ada.room("direct", { with: [bob.user.id] });
  await say(bob, direct, "between us");
  const brief = await cleo.room("ephemeral", { ttl: 3_000, name: "Ten minutes" });
  await say(cleo, brief, "not for long");
  const old = await ada.room("public", { name: "Old" });
  await say(ada, old, "from before");
  await does(cleo, "PUT", at(old, "/members/me"), {});
  await does(cleo, "DELETE", at(old, "/members/me"));
  await does(ada, "PATCH", at(old), { archived: true, topic: "closed" });
  const gone = await ada.room("public", { name: "Gone" });
  await does(ada, "DELETE", at(gone));
  for (const body of [{ uses: 2 }, { can: "read" }, { ttl: 3_600 }, { uses: 1 }, {}] as const) {
    const { invite } = await does(ada, "POST", at(talk, "/invites"), body);
    invites.push(invite);
  }
  for (const invite of [invites[0], invites[3]])
    for (const who of [ivy]) await who.call("PUT", at(talk, "/members/me"), { invite });
  await does(ivy, "DELETE", at(talk, "/members/me"));
  const jo = await server.guest("Jo");
  await jo.call("PUT", at(talk, "/members/me"), { invite: invites[3] });
  const { invites: listed } = await ada.get(at(talk, "/invites"));
  await does(ada, "DELETE", at(talk, `/invites/${listed.at(-1).id}`));
  await does(eve, "DELETE", "/v1/me", { password: PASSWORD });

  const person = ({ user, token }: TestGuest, name = user.name): Person => ({ name, user, token });
  return {
    people: [
      ...[ada, bob, cleo, gus, mal, eve, ivy, jo].map((one) => person(one)),
      person({ ...hana, user: hosted }, "Hana"),
      { name: "Ada's second device", user: ada.user, token: second },
      { name: "Ada's program", user: ada.user, token: own },
      { name: "Ada's reader", user: ada.user, token: reading },
    ],
    rooms: { general: "general", talk, hall, direct, brief, old, gone },
    cursors,
    files,
    roots,
    invites,
  };
}

/** A picture of noise, large enough to have a preview. */
async function png(): Promise<Uint8Array<ArrayBuffer>> {
  const [width, height] = [900, 700];
  const bmp = Buffer.alloc(54 + width * height * 3);
  bmp.write("BM");
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(width, 18);
  bmp.writeInt32LE(height, 22);
  bmp.set([1, 0, 24], 26);
  for (let at = 54, noise = 1; at < bmp.length; at++)
    bmp[at] = noise = (noise * 48_271) % 0x7fff_ffff;
  return Uint8Array.from(await new Bun.Image(bmp).png().bytes());
}

/** All that each of them gets to see of a house. */
async function look(
  server: TestServer,
  house: House,
  people = house.people,
): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>();
  const lookAs = async ({ name, user, token }: Person) => {
    const who = server.with(user, token);
    const see = async (path: string) => {
      const answer = await who.call("GET", path);
      const type = answer.headers.get("content-type") ?? "";
      const body = type.includes("json") ? await answer.json() : await sha(answer);
      seen.set(`${name} ${path}`, [answer.status, type, bare(body)]);
      return body as Json;
    };
    const all = ["me", "rooms", "sessions", "tokens", "users?q=a", "admin/people", "admin/rooms"];
    for (const path of all) await see(`/v1/${path}`);
    // Who signed in twice sees the same.
    if (name.startsWith("Ada's")) return;
    for (const words of ["line 1", "erased", "from:bob.b look", "me too", "thirst"])
      for (let next = ""; ;) {
        const page = await see(`/v1/search?q=${encodeURIComponent(words)}&limit=50${next}`);
        if (!page["next"]) break;
        next = `&next=${page["next"]}`;
      }
    for (const id of house.files) {
      await see(`/v1/files/${id}`);
      await see(`/v1/files/${id}?preview`);
    }
    for (const room of Object.values(house.rooms)) {
      const at = `/v1/rooms/${room}`;
      for (const path of ["", "/members", "/bans", "/invites", "/pins", "/threads", "/reads"])
        await see(at + path);
      for (const path of ["?limit=200", "?after=0&limit=150", "?around=20&limit=30", "?before=9"])
        await see(`${at}/messages${path}`);
      for (let after = ""; ;) {
        const page = await see(`${at}/events?limit=200${after}`);
        for (const { type, seq } of (page["events"] ?? []) as Json[])
          if (type === "message.edited") await see(`${at}/messages/${seq}/edits`);
        if (!page["events"]?.length) break;
        after = `&after=${page["cursor"]}`;
      }
    }
    for (const [room, seq] of house.roots)
      await see(`/v1/rooms/${room}/messages?thread=${seq}&limit=3`);
    for (const [room, cursor] of house.cursors)
      await see(`/v1/rooms/${room}/events?limit=200&after=${cursor}`);
  };
  await Promise.all(people.map(lookAs));
  return seen;
}

/** Without signatures, which hold when they end, and without when somebody was here last. */
function bare(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const text = JSON.stringify(body, (key, value: unknown) =>
    key === "url"
      ? String(value).replace(/\?.*/, "")
      : /^(usedAt|lastSeen|status)$/.test(key)
        ? 0
        : value,
  );
  return JSON.parse(text);
}

const sha = async (answer: Response) =>
  new Bun.CryptoHasher("sha256").update(await answer.arrayBuffer()).digest("hex");

/** What differs, by what was asked for: of much, no more than can be read. */
function differences(was: Map<string, unknown>, is: Map<string, unknown>) {
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names
    .filter((name) => !Bun.deepEquals(was.get(name), is.get(name)))
    .slice(0, 3)
    .map((name) => [name, was.get(name), is.get(name)]);
}

/** What happens in a house that was moved happens as in one that was not. */
async function goOn(server: TestServer, { people, rooms, roots, invites }: House) {
  const [ada, bob, cleo, gus, mal, , ivy] = people.map(({ user, token }) =>
    server.with(user, token),
  ) as [TestGuest, TestGuest, TestGuest, TestGuest, TestGuest, TestGuest, TestGuest];
  const { talk, hall, direct, old, brief, gone } = rooms as Record<string, string>;
  const [[, begun]] = roots as [[string, number]];
  const again = (clientId: string, text = clientId) => ({ clientId, text });
  const deeds: [TestGuest, string, string, unknown?][] = [
    // What was sent before is known: plain, edited, deleted, cleared, and with another text.
    [bob, "POST", "rooms/general/messages", again("line 299 of 5")],
    [cleo, "POST", `rooms/${talk}/messages`, again("with a mistak")],
    [cleo, "POST", `rooms/${talk}/messages`, again("words to be erased")],
    [bob, "POST", `rooms/${talk}/messages`, { ...again("after cleo's mark"), thread: begun }],
    [ada, "POST", "rooms/general/messages", again("line 298 of 4", "something else")],
    // What it counts, names and lets in goes on from there.
    [cleo, "POST", "rooms/general/messages", again("the first in the new house")],
    [cleo, "POST", `rooms/${talk}/messages`, { ...again("and in a thread"), thread: begun }],
    [bob, "PUT", `rooms/${talk}/messages/${begun}/reactions/${encodeURIComponent("👍")}`, {}],
    [bob, "DELETE", `rooms/${talk}/messages/${begun}`],
    [gus, "PUT", `rooms/${talk}/read`, { seq: 9 }],
    [mal, "PUT", `rooms/${talk}/members/me`, { invite: invites[0] }],
    [ivy, "PUT", `rooms/${talk}/members/me`, { invite: invites[0] }],
    [ivy, "PUT", `rooms/${talk}/members/me`, { invite: invites[1] }],
    // Whom somebody made a reader comes back as one.
    [gus, "DELETE", `rooms/${talk}/members/me`],
    [gus, "PUT", `rooms/${talk}/members/me`, { invite: invites[2] }],
    [gus, "POST", `rooms/${talk}/messages`, again("may I")],
    [ivy, "PUT", `rooms/${hall}/members/me`, {}],
    [ivy, "POST", `rooms/${hall}/messages`, again("may I too")],
    [mal, "PUT", `rooms/${hall}/members/me`, {}],
    [bob, "DELETE", `rooms/${hall}/bans/${mal.user.id}`],
    [mal, "PUT", `rooms/${hall}/members/me`, {}],
    [mal, "POST", `rooms/${hall}/messages`, again("before it was cleared 3")],
    [bob, "DELETE", `rooms/${hall}/members/me`],
    [cleo, "POST", "rooms", { kind: "public", name: "HALL" }],
    [bob, "POST", "rooms", { kind: "direct", with: [ada.user.id] }],
    [gus, "POST", "accounts", { username: "CLEO", password: PASSWORD }],
    [gus, "POST", "accounts", { username: "gus", password: PASSWORD }],
    [ada, "PATCH", `rooms/${old}`, { archived: false }],
    [ada, "POST", `rooms/${old}/messages`, again("open again")],
    [ada, "GET", `rooms/${gone}`],
    [cleo, "DELETE", `rooms/${brief}`],
    [ada, "DELETE", `admin/people/${cleo.user.id}`],
    [bob, "DELETE", `rooms/${direct}/messages`],
    [ada, "PATCH", "me", { password: "another horse", currentPassword: PASSWORD }],
  ];
  const outcomes: unknown[] = [];
  for (const [who, method, path, body] of deeds) {
    const answer = await who.call(method, `/v1/${path}`, body);
    const text = await answer.text();
    outcomes.push([path, answer.status, text === "" ? "" : timeless(JSON.parse(text))]);
  }
  return outcomes;
}

/** Without what is chance or another moment in two houses that did the same. */
function timeless(body: unknown): unknown {
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (/^(cursor|next|token)$/.test(key)) return "";
    if (/At$|^at$/.test(key)) return typeof value;
    const isEvent = typeof value === "object" && value !== null && "seq" in value;
    return isEvent ? { ...value, id: "" } : value;
  });
  return text === undefined ? null : JSON.parse(text);
}

const allTimeless = (seen: Map<string, unknown>) =>
  new Map([...seen].map(([name, value]) => [name.replace(/after=.*/, "after="), timeless(value)]));

test("[OPS20] a house that was moved, however often that broke off, is for each of its people what it was, and goes on as it would have", async () => {
  redis.ask("FLUSHALL");
  const [folder, stayed] = [newFolder(), newFolder()];
  let server = await startIn(folder);
  const house = await live(server);
  await server.close();
  // A disk changes a letter of two records.
  const db = new Database(join(folder, "snug.db"));
  db.run(`UPDATE event SET json = replace(json, 'line', 'lime') WHERE json LIKE '%"line 50 of%'`);
  db.run(
    `UPDATE folded SET json = replace(json, 'first', 'thirst') WHERE json LIKE '%the first,%'`,
  );
  db.close();
  server = await startIn(folder);
  const was = await look(server, house);
  expect(server.faults).toEqual([]);
  await server.close();
  cpSync(folder, stayed, { recursive: true });

  const blobs = openS3Blobs(s3.options, openFolderBlobs(join(root, "spool")));
  let moved = null;
  let tries = 0;
  for (; moved === null; tries++) {
    expect(tries).toBeLessThan(100);
    let steps = 0;
    try {
      moved = await toRedis(folder, blobs, {
        onStep() {
          if (++steps > tries % 3) throw new Error("killed");
        },
      });
    } catch (fault) {
      expect(String(fault)).toBe("Error: killed");
      const open = openEmbedded({ folder, clock: systemClock });
      expect(await failure(open)).toMatch(/is being moved .* npm start -- move/);
      expect(await failure(startOn(blobs))).toMatch(/is being moved to this Redis/);
    }
  }
  expect(tries).toBeGreaterThan(5);
  expect(moved).toMatchObject({ rooms: 6, files: 4 });
  expect(await failure(openEmbedded({ folder, clock: systemClock }))).toMatch(/was moved/);
  // Killed between its two last steps.
  redis.ask("HSET", "{snug}move", "id", readMoveMark(folder)?.id ?? "", "at", "9 ");
  expect(await toRedis(folder, blobs)).toBeNull();
  // What nobody is told of: the files that no message holds, and the number of the next room.
  expect(redis.ask("ZCARD", "{snug}files:loose")).toBe("2");
  expect(redis.ask("GET", "{snug}made")).toBe("6");

  server = await startOn(blobs);
  const other = await startIn(stayed);
  expect(differences(was, await look(server, house))).toEqual([]);
  expect(await goOn(server, house)).toEqual(await goOn(other, house));
  const some = house.people.slice(0, 4);
  const [here, there] = [await look(server, house, some), await look(other, house, some)];
  expect(differences(allTimeless(there), allTimeless(here))).toEqual([]);
  await Promise.all([server.close(), other.close()]);
  expect([server.faults, other.faults]).toEqual([[], []]);
}, 60_000);

test("[OPS20] a house is moved only where there is room for all of it, and for nothing else", async () => {
  redis.ask("FLUSHALL");
  const folder = newFolder();
  const running = await startIn(folder);
  const ada = await running.guest("Ada");
  const upload = await ada.call("POST", "/v1/rooms/general/files?name=a", "bytes");
  const { file } = (await upload.json()) as Json;
  const refused = async (says: RegExp, to: Blobs | null = null) => {
    expect(await failure(toRedis(folder, to))).toMatch(says);
    expect(readMoveMark(folder)).toBeNull();
  };
  await refused(/in use by another Snug/);
  await running.close();

  redis.ask("CONFIG", "SET", "maxmemory", "500kb");
  await refused(/needs some \d+ MiB of Redis' memory/);
  redis.ask("CONFIG", "SET", "maxmemory", "0");
  const path = join(folder, "files", file.id);
  renameSync(path, `${path}-away`);
  await refused(/bytes of 1 files .*in a bucket.*--s3/);
  await refused(/bytes of 1 files .*nor in the bucket/, openS3Blobs(s3.options, memoryBlobs()));
  renameSync(`${path}-away`, path);
  redis.ask("HSET", "{snug}move", "id", "of another", "at", "0 ");
  await refused(/Another move .* half done/);
  redis.ask("FLUSHALL");
  const node = await startOn(memoryBlobs());
  await node.close();
  await refused(/not empty/);
  expect(redis.ask("EXISTS", "{snug}move")).toBe("0");
});

test("[OPS20] a move that did not bring all ends with what differs, and with no house at either end", async () => {
  const house = newFolder();
  const server = await startIn(house);
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  await ada.call("POST", "/v1/rooms/general/files?name=a", "bytes");
  await bob.post("unread");
  await server.close();
  const changes: [RegExp, ...string[]][] = [
    [
      /^The event 1 of general is not as it was\. .*FLUSHALL/,
      "LSET",
      "{snug}r:general:log:0",
      "0",
      "1 {}",
    ],
    [/What is unread in general/, "SETBIT", "{snug}r:general:counted", "3", "0"],
    [/The list of members of general/, "HSET", "{snug}r:general:members", ada.user.id, "{}"],
    [/What people were last in general/, "HDEL", "{snug}r:general:about", ada.user.id],
    [/The list of people/, "DEL", "{snug}users"],
    [/The record of the file/, "DEL", "{snug}files"],
  ];
  for (const [says, ...change] of changes) {
    redis.ask("FLUSHALL");
    const folder = newFolder();
    cpSync(house, folder, { recursive: true });
    // As it would be if the last step before it is compared had brought something else.
    const onStep = () => void (redis.ask("EXISTS", "{snug}made") === "1" && redis.ask(...change));
    expect(await failure(toRedis(folder, null, { onStep }))).toMatch(says);
    expect(readMoveMark(folder)?.done).toBe(false);
    expect(redis.ask("EXISTS", "{snug}move")).toBe("1");
  }
});
