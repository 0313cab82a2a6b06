import { expect, test } from "bun:test";
import { codes, GENERAL, type Code, type Role, type RoomId, type RoomKind } from "@snug/protocol";
import { posting } from "../fixtures.ts";
import { cheapPasswords, openSocket, type TestGuest, type TestServer } from "../testing.ts";
import { castRoom, withToken, type CastRoom } from "./cast.ts";
import { testServers } from "./testing.ts";

const { start } = testServers();

// Every call that names a room, by everybody there can be, in every room there
// can be, at the real doors, against what the table of docs/protocol.md says.

type Who =
  | "owner"
  | "moderator"
  | "member"
  | "reader"
  | "guest"
  | "removed"
  | "banned"
  | "stranger"
  | "administrator"
  | "anonymous"
  | "token to read"
  | "token to post"
  | "token of another room";

type Place =
  | "public"
  | "private"
  | "direct"
  | "ephemeral"
  | "archived public"
  | "archived private"
  | "destroyed"
  | "never existed";

/** What somebody is in the room; tokens are a member's. Nobody is anything where it is left out. */
const roles: Partial<Record<Who, Role>> = {
  owner: "owner",
  moderator: "moderator",
  member: "member",
  reader: "reader",
  guest: "member",
  "token to read": "member",
  "token to post": "member",
  "token of another room": "member",
};

const kinds: Record<Place, RoomKind> = {
  public: "public",
  private: "private",
  direct: "direct",
  ephemeral: "ephemeral",
  "archived public": "public",
  "archived private": "private",
  destroyed: "private",
  "never existed": "private",
};

/** The rows of the table: who may at least. */
type Least = "stranger" | Role;
const ranks: Record<Least, number> = { stranger: 0, reader: 1, member: 2, moderator: 3, owner: 4 };

interface Operation {
  readonly least: Least;
  /** What a good answer says. */
  readonly good: string;
  /** Direct rooms stay as they are, and archived ones take nothing new. */
  readonly never?: { direct?: true; archived?: true };
  /** What a token must be good for; without it no token is. */
  readonly token?: "read" | "post";
  /** Where the table is not all there is to it. */
  readonly except?: (who: Who, place: Place) => string | undefined;
  readonly door?: "websocket" | "sse";
  readonly call: (stage: Stage) => Promise<string>;
}

/** One cell's own room and people. */
interface Stage {
  readonly server: TestServer;
  readonly who: Who;
  readonly actor: TestGuest | null;
  readonly room: CastRoom;
  /** Members of the room, beside the actor; in a direct room its other owner. */
  readonly people: Record<"member" | "moderator" | "owner" | "newcomer", string>;
}

/** What was asked for by now: nothing that names a room may be left out. */
const asked = new Set<string>();

const http =
  (
    method: string,
    path: string | ((stage: Stage) => string),
    body?: object | ((stage: Stage) => object),
  ) =>
  async (stage: Stage): Promise<string> => {
    const { server, actor, room } = stage;
    const rest = typeof path === "string" ? path : path(stage);
    const address = rest.startsWith("/v1") ? rest : `/v1/rooms/${room.id}${rest}`;
    asked.add(`${method} ${address}`);
    const json = typeof body === "function" ? body(stage) : body;
    const response = actor
      ? await actor.call(method, address, json)
      : await server.fetch(address, {
          method,
          ...(json && {
            headers: { "content-type": "application/json" },
            body: JSON.stringify(json),
          }),
        });
    return told(response);
  };

async function told(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok) return String(response.status);
  const { status, code } = JSON.parse(text) as { status: number; code: string };
  return status === response.status ? `${status} ${code}` : `${response.status} is not ${status}`;
}

/** A reply, said as HTTP would say it. */
async function websocket({ server, actor }: Stage, good: string, command: object): Promise<string> {
  const socket = actor ? await actor.socket() : await openSocket(server.url);
  const { ok, error } = await socket.ask(command);
  socket.close();
  return ok ? good : `${codes[error.code as Code][0]} ${error.code}`;
}

const bySocket = (stage: Stage, good: string, command: object) =>
  websocket(stage, good, { ...command, room: stage.room.id });

/** The number of a message that the actor wrote, whatever they may do now. */
async function ownMessage({ server, actor, room }: Stage): Promise<number> {
  const draft = posting(room.id, (actor ?? { user: { id: "nobody" } }).user.id, "my own");
  const said = await server.engine.store.append({ ...draft, needs: null });
  return said.kind === "stored" ? said.event.seq : room.seq;
}

function reaction({ room }: Stage): string {
  return `/messages/${room.seq}/reactions/${encodeURIComponent("👍")}`;
}

function pin({ room }: Stage): string {
  return `/messages/${room.seq}/pin`;
}

const alone = { direct: true } as const;
const closed = { direct: true, archived: true } as const;
const aMember = ({ people }: Stage) => `/members/${people.member}`;
const aModerator = ({ people }: Stage) => `/members/${people.moderator}`;
const anOwner = ({ people }: Stage) => `/members/${people.owner}`;
const aNewcomer = ({ people }: Stage) => `/members/${people.newcomer}`;

const operations: Record<string, Operation> = {
  "see the room": { least: "stranger", good: "200", token: "read", call: http("GET", "") },
  "list members": { least: "stranger", good: "200", token: "read", call: http("GET", "/members") },
  "read messages": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", "/messages"),
  },
  "read one message": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", ({ room }) => `/messages/${room.seq}`),
  },
  "read events": { least: "stranger", good: "200", token: "read", call: http("GET", "/events") },
  "follow by stream": {
    least: "stranger",
    good: "200",
    token: "read",
    door: "sse",
    async call({ server, actor, room }) {
      const abort = new AbortController();
      const response = await server.fetch(`/v1/rooms/${room.id}/events`, {
        headers: {
          accept: "text/event-stream",
          ...(actor && { authorization: actor.authorization }),
        },
        signal: abort.signal,
      });
      if (!response.ok) return told(response);
      abort.abort();
      return String(response.status);
    },
  },
  "follow by socket": {
    least: "stranger",
    good: "200",
    token: "read",
    door: "websocket",
    call: (stage) => websocket(stage, "200", { type: "open-room", room: stage.room.id }),
  },
  "post a message": {
    least: "member",
    good: "201",
    never: { archived: true },
    token: "post",
    call: http("POST", "/messages", { clientId: "c", text: "t" }),
  },
  "post by socket": {
    least: "member",
    good: "201",
    never: { archived: true },
    token: "post",
    door: "websocket",
    call: (stage) =>
      websocket(stage, "201", {
        type: "post-message",
        room: stage.room.id,
        clientId: "c",
        text: "t",
      }),
  },
  "upload a file": {
    least: "member",
    good: "201",
    never: { archived: true },
    token: "post",
    call: http("POST", "/files", { any: "bytes" }),
  },
  "export the room": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", "/export"),
  },
  "read a thread": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", ({ room }) => `/messages?thread=${room.seq}`),
  },
  "read what a message said before": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", ({ room }) => `/messages/${room.seq}/edits`),
  },
  "list pins": { least: "stranger", good: "200", token: "read", call: http("GET", "/pins") },
  "search the room": {
    least: "stranger",
    good: "200",
    token: "read",
    async call({ server, actor, room }) {
      const headers = { ...(actor && { authorization: actor.authorization }) };
      return told(await server.fetch(`/v1/search?q=from:me&room=${room.id}`, { headers }));
    },
  },
  "list threads": { least: "stranger", good: "200", token: "read", call: http("GET", "/threads") },
  "list reads": { least: "stranger", good: "200", token: "read", call: http("GET", "/reads") },
  "show presence": {
    least: "stranger",
    good: "200",
    token: "read",
    call: http("GET", "/presence"),
  },
  "edit one's own message": {
    least: "member",
    good: "200",
    never: { archived: true },
    token: "post",
    call: async (stage) =>
      http("PATCH", `/messages/${await ownMessage(stage)}`, { text: "t" })(stage),
  },
  "edit another's message": {
    least: "owner",
    good: "403 forbidden",
    call: http("PATCH", ({ room }) => `/messages/${room.seq}`, { text: "t" }),
  },
  "edit by socket": {
    least: "member",
    good: "200",
    never: { archived: true },
    token: "post",
    door: "websocket",
    call: async (stage) =>
      bySocket(stage, "200", { type: "edit-message", seq: await ownMessage(stage), text: "t" }),
  },
  "delete one's own message": {
    least: "member",
    good: "204",
    token: "post",
    call: async (stage) => http("DELETE", `/messages/${await ownMessage(stage)}`)(stage),
  },
  "delete another's message": {
    least: "moderator",
    good: "204",
    call: http("DELETE", ({ room }) => `/messages/${room.seq}`),
  },
  "delete by socket": {
    least: "moderator",
    good: "204",
    door: "websocket",
    call: (stage) => bySocket(stage, "204", { type: "delete-message", seq: stage.room.seq }),
  },
  react: {
    least: "member",
    good: "204",
    never: { archived: true },
    token: "post",
    call: http("PUT", reaction),
  },
  "take a reaction back": {
    least: "member",
    good: "204",
    never: { archived: true },
    token: "post",
    call: http("DELETE", reaction),
  },
  "react by socket": {
    least: "member",
    good: "204",
    never: { archived: true },
    token: "post",
    door: "websocket",
    call: (stage) =>
      bySocket(stage, "204", { type: "add-reaction", seq: stage.room.seq, emoji: "👍" }),
  },
  pin: { least: "member", good: "204", never: { archived: true }, call: http("PUT", pin) },
  unpin: { least: "member", good: "204", never: { archived: true }, call: http("DELETE", pin) },
  "clear the room": { least: "owner", good: "204", call: http("DELETE", "/messages") },
  "mark as read": {
    least: "reader",
    good: "204",
    token: "post",
    call: http("PUT", "/read", ({ room }) => ({ seq: room.seq })),
  },
  "mark as read by socket": {
    least: "reader",
    good: "204",
    token: "post",
    door: "websocket",
    call: (stage) => bySocket(stage, "204", { type: "mark-read", seq: stage.room.seq }),
  },
  "set the level": { least: "reader", good: "204", call: http("PUT", "/level", { level: "none" }) },
  "show that one is writing": {
    least: "member",
    good: "204",
    never: { archived: true },
    token: "post",
    call: http("POST", "/typing"),
  },
  "show it by socket": {
    least: "member",
    good: "204",
    never: { archived: true },
    token: "post",
    door: "websocket",
    call: (stage) => bySocket(stage, "204", { type: "set-typing" }),
  },
  join: { least: "stranger", good: "200", never: closed, call: http("PUT", "/members/me", {}) },
  leave: {
    least: "stranger",
    good: "204",
    never: alone,
    call: http("DELETE", "/members/me"),
  },
  "add somebody": {
    least: "member",
    good: "204",
    never: closed,
    call: http("PUT", aNewcomer, {}),
  },
  "add a moderator": {
    least: "owner",
    good: "204",
    never: closed,
    call: http("PUT", aNewcomer, { role: "moderator" }),
  },
  "mute a member": {
    least: "moderator",
    good: "204",
    never: alone,
    call: http("PATCH", aMember, { role: "reader" }),
  },
  "mute a moderator": {
    least: "owner",
    good: "204",
    never: alone,
    call: http("PATCH", aModerator, { role: "reader" }),
  },
  "make a moderator": {
    least: "owner",
    good: "204",
    never: alone,
    call: http("PATCH", aMember, { role: "moderator" }),
  },
  "remove a member": {
    least: "moderator",
    good: "204",
    never: alone,
    call: http("DELETE", aMember),
  },
  "remove a moderator": {
    least: "owner",
    good: "204",
    never: alone,
    call: http("DELETE", aModerator),
  },
  "remove an owner": {
    least: "owner",
    good: "403 forbidden",
    never: alone,
    call: http("DELETE", anOwner),
  },
  "list bans": { least: "moderator", good: "200", never: alone, call: http("GET", "/bans") },
  "ban a member": {
    least: "moderator",
    good: "204",
    never: alone,
    call: http("PUT", ({ people }) => `/bans/${people.member}`),
  },
  "ban a moderator": {
    least: "owner",
    good: "204",
    never: alone,
    call: http("PUT", ({ people }) => `/bans/${people.moderator}`),
  },
  "ban an owner": {
    least: "owner",
    good: "403 forbidden",
    never: alone,
    call: http("PUT", ({ people }) => `/bans/${people.owner}`),
  },
  "ban somebody outside": {
    least: "moderator",
    good: "204",
    never: alone,
    call: http("PUT", ({ people }) => `/bans/${people.newcomer}`),
  },
  "lift a ban": {
    least: "moderator",
    good: "204",
    never: alone,
    call: http("DELETE", ({ people }) => `/bans/${people.newcomer}`),
  },
  "make an invite": {
    least: "member",
    good: "201",
    never: closed,
    call: http("POST", "/invites", {}),
  },
  "list invites": { least: "member", good: "200", never: closed, call: http("GET", "/invites") },
  "revoke another's invite": {
    least: "member",
    good: "204",
    never: closed,
    // Members know of their own invites only.
    except: (who) => (who === "member" || who === "guest" ? "404 invite_not_found" : undefined),
    call: http("DELETE", ({ room }) => `/invites/${room.inviteId}`),
  },
  "change the room": {
    least: "owner",
    good: "200",
    never: alone,
    call: http("PATCH", "", { topic: "another" }),
  },
  "archive the room": {
    least: "owner",
    good: "200",
    never: alone,
    call: http("PATCH", "", { archived: true }),
  },
  "destroy the room": {
    least: "owner",
    good: "204",
    except: (who, place) => (who === "administrator" && !isOver(place) ? "204" : undefined),
    call: http("DELETE", ""),
  },
  "make a token to read": {
    least: "stranger",
    good: "201",
    except: byTokenNever,
    call: http("POST", "/v1/tokens", ({ room }) => ({ room: room.id, can: "read" })),
  },
  "make a token to post": {
    least: "member",
    good: "201",
    never: { archived: true },
    except: byTokenNever,
    call: http("POST", "/v1/tokens", ({ room }) => ({ room: room.id })),
  },
};

const isOver = (place: Place) => place === "destroyed" || place === "never existed";

/** A token makes no tokens, wherever. */
function byTokenNever(who: Who): string | undefined {
  return who.startsWith("token") ? "403 forbidden" : undefined;
}

/** What the table says. */
function expected(operation: Operation, who: Who, place: Place): string {
  if (who === "anonymous") return "401 unauthorized";
  const exception = isOver(place) || sees(who, place) ? operation.except?.(who, place) : undefined;
  const forTokens = operation.except === byTokenNever ? byTokenNever(who) : undefined;
  if (forTokens !== undefined) return forTokens;
  if (place === "destroyed") return "410 room_gone";
  if (place === "never existed") return "404 room_not_found";
  const isDestroyedByAdmin = operation.except?.(who, place) === "204";
  if (!sees(who, place)) return isDestroyedByAdmin ? "204" : "404 room_not_found";
  const role = place === "direct" && roles[who] ? "owner" : (roles[who] ?? "stranger");
  const { never, least, token, good } = operation;
  const forbidden = "403 forbidden";
  if (who === "token to read" && token !== "read") return forbidden;
  if (who === "token to post" && token === undefined) return forbidden;
  if (place === "direct" && never?.direct) return forbidden;
  if (place.startsWith("archived") && never?.archived) return forbidden;
  if (exception !== undefined) return exception;
  return ranks[role] >= ranks[least] ? good : forbidden;
}

function sees(who: Who, place: Place): boolean {
  if (who === "token of another room" || who === "banned") return false;
  return roles[who] !== undefined || kinds[place] === "public" || kinds[place] === "ephemeral";
}

/** In a direct room both are owners, and nobody was ever anything else. */
const notInDirect: readonly Who[] = ["moderator", "member", "reader", "removed", "banned"];

const everybody: readonly Who[] = [
  "owner",
  "moderator",
  "member",
  "reader",
  "guest",
  "removed",
  "banned",
  "stranger",
  "administrator",
  "anonymous",
  "token to read",
  "token to post",
  "token of another room",
];
const places = Object.keys(kinds) as Place[];

interface Cast {
  readonly server: TestServer;
  /** Who plays what; all tokens are one member's, who makes none by themselves. */
  readonly people: Readonly<Record<string, TestGuest>>;
}

const part = ({ people }: Cast, name: string): TestGuest => {
  const person = people[name];
  if (!person) throw new Error(`nobody plays ${name}`);
  return person;
};

async function gather(server: TestServer): Promise<Cast> {
  // The first account of a server is its administrator.
  const administrator = await server.account("administrator");
  const names = ["keeper", "owner", "moderator", "member", "reader", "removed", "banned"];
  const accounts = await Promise.all(
    [...names, "holder", "stranger", "other-member", "other-moderator", "newcomer"].map(
      async (name) => [name, await server.account(name)] as const,
    ),
  );
  return {
    server,
    people: {
      administrator,
      guest: await server.guest("guest"),
      ...Object.fromEntries(accounts),
    },
  };
}

const playedBy = (who: Who) => (who.startsWith("token") ? "holder" : who);

async function stageFor(cast: Cast, who: Who, place: Place): Promise<Stage> {
  const { server } = cast;
  const keeper = part(cast, "keeper");
  const actor = who === "anonymous" ? null : part(cast, playedBy(who));
  const role = roles[who];
  const isDirect = place === "direct";
  const room = await castRoom(server, {
    kind: kinds[place],
    in: [
      [keeper, "owner"],
      ...(isDirect
        ? []
        : ([
            [part(cast, "other-member"), "member"],
            [part(cast, "other-moderator"), "moderator"],
          ] as const)),
      ...(actor && role ? [[actor, isDirect ? "owner" : role] as const] : []),
    ],
    archived: place.startsWith("archived"),
    destroyed: place === "destroyed",
    removed: actor && who === "removed" ? [actor] : [],
    banned: actor && who === "banned" ? [actor] : [],
  });
  const other = (name: string) => part(cast, isDirect ? "keeper" : name).user.id;
  return {
    server,
    who,
    actor: actor && (await credential(cast, who, actor, room.id)),
    room:
      place === "never existed" ? { ...room, id: `no-${room.id}`.slice(0, 64) as RoomId } : room,
    people: {
      member: other("other-member"),
      moderator: other("other-moderator"),
      owner: keeper.user.id,
      newcomer: part(cast, "newcomer").user.id,
    },
  };
}

/** What one's token is good for in the room; with a session of one's own that is no question. */
const scopes: Partial<Record<Who, (room: RoomId) => Parameters<typeof withToken>[2]>> = {
  "token to read": (room) => ({ room, can: "read" }),
  "token to post": (room) => ({ room, can: "post" }),
  "token of another room": () => ({ room: GENERAL, can: "post" }),
};

function credential({ server }: Cast, who: Who, actor: TestGuest, room: RoomId) {
  const scope = scopes[who]?.(room);
  return scope ? withToken(server, actor, scope) : actor;
}

/** Few enough at once for sockets, many enough to share commits. */
const AT_ONCE = 60;

async function inTurns<Item>(items: readonly Item[], each: (item: Item) => Promise<void>) {
  for (let start = 0; start < items.length; start += AT_ONCE)
    await Promise.all(items.slice(start, start + AT_ONCE).map(each));
}

test("[ACC4] [ACC2] [ERR2] every call, by everybody, in every room, at every door", async () => {
  const server = await start({ passwords: cheapPasswords, adminClaim: null });
  const cast = await gather(server);
  const cells = Object.entries(operations).flatMap(([name, operation]) =>
    places.flatMap((place) =>
      everybody
        .filter((who) => place !== "direct" || !notInDirect.includes(who))
        .map((who) => ({ name, operation, who, place })),
    ),
  );
  const got = new Map<string, string>();
  const wrong: string[] = [];
  await inTurns(cells, async ({ name, operation, who, place }) => {
    const answer = await operation.call(await stageFor(cast, who, place));
    got.set(`${name}/${who}/${place}`, answer);
    const rule = expected(operation, who, place);
    if (answer !== rule) wrong.push(`${who}, ${place} room, ${name}: ${answer}, not ${rule}`);
  });
  expect(wrong.toSorted()).toEqual([]);

  const document = (await (await server.fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!path.includes("{room}")) continue;
    for (const method of Object.keys(methods)) {
      const form = new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`, "i");
      expect([method, path, [...asked].some((call) => form.test(call))]).toEqual([
        method,
        path,
        true,
      ]);
    }
  }

  // The doors agree, whatever the table says.
  const doors = [
    ["see the room", "follow by stream", "follow by socket"],
    ["post a message", "post by socket"],
  ];
  for (const names of doors)
    for (const who of everybody)
      for (const place of places)
        expect(new Set(names.map((name) => got.get(`${name}/${who}/${place}`))).size).toBe(1);
  expect(cells.length).toBeGreaterThan(3_000);
});

/** Ids as they stand in an address: of no room, and of no room there can be. */
const otherIds = [
  "nowhere",
  "General",
  "general%00",
  "%20general",
  "general%2f",
  "general%2fmembers%2fme",
  "..%2fgeneral",
  "%252e%252e",
  "%5c",
  "gen%C3%A9ral",
  "%F0%9F%92%AC",
  "%0d%0a",
  "%ff",
  "%zz",
  "%",
  ".*",
  "%5e(general)%24",
  "{}",
  "[]",
  "%7B%22id%22%3A%22general%22%7D",
  ":room",
  "*",
  "'%20OR%20'1'='1",
  "__proto__",
  "constructor",
  "null",
  "0",
  "-",
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(10_000),
];

test("[ACC2] [ROOM5] a room that is hidden and one that is not there are the same, byte for byte", async () => {
  const server = await start({ passwords: cheapPasswords, adminClaim: null });
  const cast = await gather(server);
  const hidden: [Who, Place][] = [
    ["stranger", "private"],
    ["stranger", "direct"],
    ["removed", "private"],
    ["banned", "public"],
    ["banned", "ephemeral"],
    ["token of another room", "public"],
    ["token of another room", "private"],
    ["administrator", "private"],
  ];
  let count = 0;
  for (const [who, place] of hidden) {
    const stage = await stageFor(cast, who, place);
    for (const [name, { call, door, except }] of Object.entries(operations)) {
      if (door === "websocket") continue;
      if (except?.(who, place) !== undefined && !name.startsWith("revoke")) continue;
      const seen = new Map<string, string>();
      await inTurns([stage.room.id, ...otherIds], async (id) => {
        const answers: string[] = [];
        const whole = async (response: Response) => {
          const { date: _, ...headers } = Object.fromEntries(response.headers);
          answers.push(JSON.stringify([response.status, headers, await response.text()]));
          return new Response(null, { status: 200 });
        };
        const listening = {
          ...stage,
          server: {
            ...server,
            fetch: async (...call: Parameters<TestServer["fetch"]>) =>
              whole(await server.fetch(...call)),
          },
          actor: stage.actor && {
            ...stage.actor,
            call: async (...call: Parameters<TestGuest["call"]>) =>
              whole(await (stage.actor as TestGuest).call(...call)),
          },
          room: { ...stage.room, id: id as RoomId },
        };
        await call(listening);
        for (const answer of answers) seen.set(answer, id);
        count++;
      });
      expect([
        who,
        place,
        name,
        [...seen.values()],
        seen.size === 1 ? [] : [...seen.keys()],
      ]).toEqual([who, place, name, [expect.any(String)], []]);
      expect([...seen.keys()][0]).toStartWith("[404,");
    }
  }
  expect(count).toBeGreaterThan(7_000);
});

test("[ACC2] [ROOM5] and so they are on a socket", async () => {
  const server = await start({ passwords: cheapPasswords, adminClaim: null });
  const cast = await gather(server);
  for (const [who, place] of [
    ["stranger", "private"],
    ["removed", "private"],
    ["banned", "public"],
    ["token of another room", "public"],
  ] as const) {
    const { actor, room } = await stageFor(cast, who, place);
    const socket = await (actor as TestGuest).socket();
    const errors = new Set<string>();
    for (const id of [room.id, ...otherIds, "", "general\0", " general", "general/", ".."]) {
      for (const command of [
        { type: "open-room", room: id },
        { type: "open-room", room: id, after: "abc.1.x" },
        { type: "post-message", room: id, clientId: "c", text: "t" },
      ])
        errors.add(JSON.stringify((await socket.ask(command)).error));
    }
    expect([...errors]).toEqual([expect.stringContaining('"room_not_found"')]);
    socket.close();
  }
});
