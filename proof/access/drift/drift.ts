import { Chance } from "../../chance.ts";
import type { Finding } from "../../finding.ts";
import { Target } from "../../fuzz/target.ts";
import { comeIn, type Person } from "../person.ts";
import { type Deed, judge, RANKED, type Room, type Said, sees } from "./oracle.ts";
import { Watcher } from "./watcher.ts";

const PEOPLE = 5;
/** Deeds until the rooms are made anew. */
const DEEDS = 60;
const KINDS = ["public", "private", "ephemeral"] as const;

interface Cast {
  readonly person: Person;
  readonly socket: Watcher;
}

/** Lets people do to rooms and to each other whatever comes to mind, and asks at every door whether it is as the table says. */
export async function drift(
  rounds: number,
  seed: number,
): Promise<{ finding: Finding; troubles: readonly string[] }> {
  const target = await Target.start("--rate-limits", "off");
  const chance = new Chance(seed);
  const troubles: string[] = [];
  let [asked, refused] = [0, 0];
  try {
    const all: Cast[] = [];
    for (let index = 0; index < PEOPLE; index++) {
      const account = { username: `p${index}`, password: "correct horse" };
      const person = await comeIn(target.url, "/v1/accounts", account);
      all.push({ person, socket: await Watcher.open(target.url, person.token) });
    }
    for (let round = 0; round < rounds && troubles.length < 10; round++) {
      const rooms = await Promise.all(KINDS.map((kind) => newRoom(all, kind, chance)));
      const story: string[] = [];
      for (let deed = 0; deed < DEEDS && troubles.length < 10; deed++) {
        const room = chance.one(rooms);
        const who = chance.one(all);
        const what = anyDeed(all, chance, deed, room);
        const before = { ...room, roles: new Map(room.roles) };
        const expected = judge(room, who.person.id, what);
        const told = await act(who.person, room, what);
        story.push(`${name(all, who)} ${words(all, what)} in ${room.kind}: ${told}`);
        asked++;
        if (expected !== "fine") refused++;
        if (told !== expected) {
          const roles = [...before.roles]
            .map(([id, role]) => `${nameOf(all, id)} ${role}`)
            .join(", ");
          troubles.push(
            `expected ${expected} after: ${story.slice(-6).join("; ")} (${roles}${before.archived ? ", archived" : ""})`,
          );
          return done();
        }
        // Somebody at random, and whoever it was done to.
        const others = "whom" in what ? all.filter(({ person }) => person.id === what.whom) : [];
        for (const one of [chance.one(all), ...others]) {
          const wrong = await everyDoor(one, room);
          asked += DOORS;
          for (const each of wrong)
            troubles.push(`${name(all, one)}: ${each} after: ${story.slice(-6).join("; ")}`);
        }
        const leak = await whoHears(all, room);
        if (leak !== null) troubles.push(`${leak} after: ${story.slice(-6).join("; ")}`);
      }
      const wrong = await revoked(target.url, chance.one(all).person);
      asked += 4;
      if (wrong !== null) troubles.push(wrong);
    }
    for (const { socket } of all) socket.close();
    return await done();
  } finally {
    await target.stop();
  }

  async function done() {
    const { errors } = await target.stop();
    if (errors !== "") troubles.push(`the server said: ${errors.slice(0, 500)}`);
    const finding: Finding = {
      part: "access",
      fault:
        "random joins, roles, removals, bans, archives, edits, deletes, reactions, pins and ends by five people, asked after at every door",
      done: asked,
      bit: refused,
      result: troubles.length === 0 ? "kept" : "broken",
      note: [`seed ${seed}`, ...troubles.slice(0, 2)].join("; "),
    };
    return { finding, troubles };
  }
}

async function newRoom(all: readonly Cast[], kind: Room["kind"], chance: Chance): Promise<Room> {
  const { person } = chance.one(all);
  const made = await person.call("POST", "/v1/rooms", { kind, name: crypto.randomUUID() });
  const { room } = (await made.json()) as { room: { id: string } };
  return {
    id: room.id,
    file: await sharedFile(person, room.id),
    hasFile: true,
    kind,
    // The first account of a server on this machine.
    administrator: all[0]?.person.id ?? "",
    archived: false,
    destroyed: false,
    roles: new Map([[person.id, "owner"]]),
    banned: new Set(),
    muted: new Set(),
    said: [],
  };
}

/** What the room's maker shares in it, and nobody but an owner, clearing all, takes out again. */
async function sharedFile(person: Person, room: string): Promise<string> {
  const made = await person.call("POST", `/v1/rooms/${room}/files?name=a.txt`, "shared");
  const { file } = (await made.json()) as { file: { id: string } };
  const message = { clientId: crypto.randomUUID(), text: "", files: [file.id] };
  await person.call("POST", `/v1/rooms/${room}/messages`, message);
  return file.id;
}

function anyDeed(all: readonly Cast[], chance: Chance, deed: number, room: Room): Deed {
  const whom = chance.one(all).person.id;
  const role = chance.one(RANKED);
  // Rarely, or nothing else would be left to do.
  if (chance.whole(0, 15) === 0) return { what: "archive", archived: chance.whole(0, 2) === 0 };
  if (deed > DEEDS / 2 && chance.whole(0, 40) === 0) return { what: "destroy" };
  if (chance.whole(0, 30) === 0) return { what: "clear" };
  const what = chance.one(["edit", "delete", "react", "pin"] as const);
  if (room.said.length > 0 && chance.whole(0, 2) === 0)
    return { what, message: chance.one(room.said.slice(-PEOPLE)) };
  return chance.one<Deed>([
    { what: "join" },
    { what: "leave" },
    { what: "post" },
    { what: "post" },
    { what: "mark" },
    { what: "remove", whom },
    { what: "ban", whom },
    { what: "lift", whom },
    { what: "add", whom, role },
    { what: "add", whom, role: "member" },
    { what: "appoint", whom, role },
    { what: "appoint", whom, role },
  ]);
}

async function act(person: Person, room: Room, deed: Deed): Promise<string> {
  const path = `/v1/rooms/${room.id}`;
  const message = `${path}/messages/${"message" in deed ? deed.message.seq : 0}`;
  const post = { clientId: crypto.randomUUID(), text: "said" };
  const calls: Record<Deed["what"], () => Promise<Response>> = {
    read: () => person.call("GET", path),
    file: () => person.call("GET", `/v1/files/${room.file}`),
    join: () => person.call("PUT", `${path}/members/me`, {}),
    leave: () => person.call("DELETE", `${path}/members/me`),
    post: async () => {
      const answer = await person.call("POST", `${path}/messages`, post);
      if (answer.ok) room.said.push(await saidIn(answer.clone()));
      return answer;
    },
    edit: () => person.call("PATCH", message, { text: crypto.randomUUID() }),
    delete: () => person.call("DELETE", message),
    react: () => person.call("PUT", `${message}/reactions/${encodeURIComponent("👍")}`),
    pin: () => person.call("PUT", `${message}/pin`),
    clear: () => person.call("DELETE", `${path}/messages`),
    mark: () => person.call("PUT", `${path}/read`, { seq: 1 }),
    archive: () => person.call("PATCH", path, { archived: "archived" in deed && deed.archived }),
    destroy: () => person.call("DELETE", path),
    remove: () => person.call("DELETE", `${path}/members/${whomOf(deed)}`),
    ban: () => person.call("PUT", `${path}/bans/${whomOf(deed)}`),
    lift: () => person.call("DELETE", `${path}/bans/${whomOf(deed)}`),
    add: () => person.call("PUT", `${path}/members/${whomOf(deed)}`, roleOf(deed)),
    appoint: () => person.call("PATCH", `${path}/members/${whomOf(deed)}`, roleOf(deed)),
  };
  return verdictOf(await calls[deed.what]());
}

async function saidIn(answer: Response): Promise<Said> {
  const { message } = (await answer.json()) as { message: { seq: number; by: string } };
  return { ...message, is: "there" };
}

const whomOf = (deed: Deed) => ("whom" in deed ? deed.whom : "");
const roleOf = (deed: Deed) => ("role" in deed ? { role: deed.role } : {});

async function verdictOf(answer: Response): Promise<string> {
  if (answer.ok) {
    // A stream has no end, and an export that is not read to its end is one under way.
    if (answer.headers.get("content-type") === "text/event-stream") await answer.body?.cancel();
    else await answer.arrayBuffer();
    return "fine";
  }
  return ((await answer.json()) as { code: string }).code;
}

/** That `everyDoor` asks at. */
const DOORS = 12;

/** Reading and posting, at each door: all as the table says, and so all alike. */
async function everyDoor({ person, socket }: Cast, room: Room): Promise<string[]> {
  const path = `/v1/rooms/${room.id}`;
  const read = judge(room, person.id, { what: "read" });
  const post = judge(room, person.id, { what: "post" });
  const message = () => ({ clientId: crypto.randomUUID(), text: "at a door" });
  const file = judge(room, person.id, { what: "file" });
  const ask = async (place: string, headers = {}) =>
    verdictOf(await person.call("GET", place, undefined, headers));
  const get = (place: string, headers = {}) => ask(`${path}${place}`, headers);
  const reply = async (command: object) => {
    const { ok, code } = await socket.ask({ room: room.id, ...command });
    return ok ? "fine" : code;
  };
  const doors: [door: string, expected: string, told: string][] = [
    ["the room", read, await get("")],
    ["its messages", read, await get("/messages")],
    ["its members", read, await get("/members")],
    ["a stream", read, await get("/events", { accept: "text/event-stream" })],
    ["open-room", read, await reply({ type: "open-room" })],
    ["search", read, await ask(`/v1/search?q=said&room=${room.id}`)],
    ["an export", read, await get("/export")],
    ["a file", file, await ask(`/v1/files/${room.file}`)],
    ["its address", file, await ask(`/v1/files/${room.file}/link`)],
    ["an upload", post, await verdictOf(await person.call("POST", `${path}/files?name=b`, "x"))],
    ["POST", post, await verdictOf(await person.call("POST", `${path}/messages`, message()))],
    ["post-message", post, await reply({ type: "post-message", ...message() })],
  ];
  return doors.flatMap(([door, expected, told]) =>
    told === expected ? [] : [`${door} says ${told}, not ${expected}`],
  );
}

/** Somebody who may says something: it reaches nobody who may not see the room. */
async function whoHears(all: readonly Cast[], room: Room): Promise<string | null> {
  const speaker = all.find(
    ({ person }) => judge({ ...room }, person.id, { what: "post" }) === "fine",
  );
  if (!speaker) return null;
  const text = crypto.randomUUID();
  const clientId = crypto.randomUUID();
  await speaker.person.call("POST", `/v1/rooms/${room.id}/messages`, { clientId, text });
  // What was on its way to them has come when this is answered.
  await Promise.all(all.map(({ socket }) => socket.ask({ type: "ping" })));
  const hearers = all.filter(({ socket }) => socket.heard.some((one) => one.text === text));
  const wrong = hearers.filter(({ person }) => !sees(room, person.id));
  return wrong.length === 0
    ? null
    : `${wrong.map((one) => name(all, one)).join()} heard what they may not`;
}

/** A token that is revoked ends its socket and its calls, and no other's. */
async function revoked(url: string, person: Person): Promise<string | null> {
  const made = await person.call("POST", "/v1/tokens", {});
  const { id, token } = (await made.json()) as { id: string; token: string };
  const socket = await Watcher.open(url, token);
  await socket.ask({ type: "open-room", room: "general" });
  await person.call("DELETE", `/v1/tokens/${id}`);
  const code = await Promise.race([socket.closed, Bun.sleep(1_000).then(() => 0)]);
  const after = await fetch(`${url}/v1/rooms/general`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (code !== 4401) return `a socket whose token was revoked: ${code === 0 ? "still open" : code}`;
  return after.status === 401 ? null : `a revoked token was answered ${after.status}`;
}

const nameOf = (all: readonly Cast[], id: string) =>
  `p${all.findIndex(({ person }) => person.id === id)}`;
const name = (all: readonly Cast[], { person }: Cast) => nameOf(all, person.id);
const words = (all: readonly Cast[], deed: Deed) =>
  [deed.what, "whom" in deed ? nameOf(all, deed.whom) : "", "role" in deed ? deed.role : ""]
    .filter(Boolean)
    .join(" ");
