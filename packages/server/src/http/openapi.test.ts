import { expect, test } from "bun:test";
import { answers } from "@snug/protocol";
import * as v from "valibot";
import { type TestGuest, type TestServer } from "../testing.ts";
import { strictly, testServers } from "./testing.ts";

const { start } = testServers();

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = { [key: string]: Json };

const isMembers = (json: Json | undefined): json is Members =>
  typeof json === "object" && json !== null && !Array.isArray(json);

function members(json: Json | undefined): Members {
  if (!isMembers(json)) throw new Error(`not an object: ${JSON.stringify(json)}`);
  return json;
}

const list = (json: Json | undefined): Json[] => (Array.isArray(json) ? json : []);

/** What is wrong with a value by a JSON Schema, of the keywords that the document uses; any other is refused. */
function faults(schema: Json, value: Json, document: Members, at = "$"): string[] {
  const some = (of: Json, sub: Json, where = at) => faults(of, sub, document, where);
  const check = (good: boolean, keyword: string) => (good ? [] : [`${at} ${keyword}`]);
  const keywords: Record<string, (says: Json) => string[]> = {
    $schema: () => [],
    default: () => [],
    description: () => [],
    $ref: (path) => {
      const steps = String(path).replace("#/", "").split("/");
      return some(
        steps.reduce<Json>((part, step) => members(part)[step] ?? null, document),
        value,
      );
    },
    type: (type) => check(isOfType(value, type), "type"),
    const: (only) => check(value === only, "const"),
    enum: (all) => check(list(all).includes(value), "enum"),
    anyOf: (all) =>
      check(
        list(all).some((one) => some(one, value).length === 0),
        "anyOf",
      ),
    oneOf: (all) =>
      check(list(all).filter((one) => some(one, value).length === 0).length === 1, "oneOf"),
    not: (one) => check(some(one, value).length > 0, "not"),
    pattern: (form) => check(new RegExp(String(form), "u").test(String(value)), "pattern"),
    minimum: (least) => check(Number(value) >= Number(least), "minimum"),
    maximum: (most) => check(Number(value) <= Number(most), "maximum"),
    items: (one) => list(value).flatMap((item, index) => some(one, item, `${at}[${index}]`)),
    required: (names) =>
      list(names).flatMap((name) => check(String(name) in members(value), `has ${String(name)}`)),
    properties: (of) =>
      Object.entries(members(of)).flatMap(([name, one]) =>
        isMembers(value) && name in value ? some(one, value[name] ?? null, `${at}.${name}`) : [],
      ),
    propertyNames: (one) => Object.keys(members(value)).flatMap((name) => some(one, name)),
    additionalProperties: (one) =>
      Object.entries(members(value)).flatMap(([name, sub]) => some(one, sub, `${at}.${name}`)),
  };
  return Object.entries(members(schema)).flatMap(([keyword, says]) => {
    const verdict = keywords[keyword];
    if (verdict === undefined) throw new Error(`${keyword} is not a keyword that is known here`);
    return verdict(says);
  });
}

function isOfType(value: Json, type: Json): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isMembers(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

async function documentOf(server: TestServer): Promise<Members> {
  const response = await server.fetch("/openapi.json");
  expect(response.headers.get("content-type")).toBe("application/json");
  return members((await response.json()) as Json);
}

function operationsOf(document: Members) {
  return Object.entries(members(document["paths"])).flatMap(([path, item]) =>
    Object.entries(members(item)).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation: members(operation),
    })),
  );
}

/** The calls of the protocol's table that are served, each with good and bad ways to make it. */
const served: Record<string, { path?: string; body?: Json; schema?: v.GenericSchema }[]> = {
  "POST /v1/guests": [{ body: { name: "Eve" }, schema: answers.Guest }, { body: { name: 5 } }],
  "POST /v1/accounts": [
    { body: { username: "eve", password: "correct horse" }, schema: answers.Guest },
    { body: { username: "EVE", password: "correct horse" } },
    { body: { username: "e" } },
  ],
  "POST /v1/sessions": [
    { body: { username: "eve", password: "correct horse" }, schema: answers.Guest },
    { body: { username: "eve", password: "wrong horse" } },
    { body: {} },
  ],
  "GET /v1/sessions": [{ schema: answers.Sessions }],
  "DELETE /v1/sessions": [{}],
  "DELETE /v1/sessions/{session}": [
    { path: "/v1/sessions/other" },
    { path: "/v1/sessions/current" },
  ],
  "GET /v1/me": [{ schema: answers.Me }],
  "PATCH /v1/me": [
    { body: { name: "Ada L." }, schema: answers.User },
    { body: { name: "" } },
    { body: { password: "correct horse", currentPassword: "none" } },
  ],
  "DELETE /v1/me": [{}],
  "GET /v1/me/events": [],
  "GET /v1/users": [{ path: "/v1/users?q=e", schema: answers.Users }],
  "GET /v1/users/{user}": [
    { path: "/v1/users/ME", schema: answers.User },
    { path: "/v1/users/nobody" },
  ],
  "POST /v1/rooms": [
    { body: { kind: "public", name: "Hall" }, schema: answers.Room },
    { body: { kind: "public", name: "hall" } },
    { body: { kind: "direct", with: ["BOB"] }, schema: answers.Room },
    { body: { kind: "direct", with: ["BOB"] }, schema: answers.Room },
    { body: { kind: "direct", with: ["nobody"] } },
    { body: { kind: "ephemeral" }, schema: answers.Room },
    { body: { kind: "hall" } },
  ],
  "GET /v1/rooms": [{ schema: answers.Rooms }],
  "GET /v1/rooms/{room}": [
    { path: "/v1/rooms/general", schema: answers.Room },
    { path: "/v1/rooms/nowhere" },
  ],
  "PATCH /v1/rooms/{room}": [
    { path: "/v1/rooms/MINE", body: { topic: "tea" }, schema: answers.Room },
    { path: "/v1/rooms/MINE", body: { name: "General" } },
    { path: "/v1/rooms/MINE", body: { capacity: 1 } },
    { path: "/v1/rooms/general", body: { topic: "tea" } },
    { path: "/v1/rooms/nowhere", body: {} },
    { path: "/v1/rooms/GONE", body: {} },
  ],
  "DELETE /v1/rooms/{room}": [
    { path: "/v1/rooms/general" },
    { path: "/v1/rooms/nowhere" },
    { path: "/v1/rooms/GONE" },
    { path: "/v1/rooms/LAST" },
  ],
  "PUT /v1/rooms/{room}/members/me": [
    { path: "/v1/rooms/general/members/me", body: {}, schema: answers.Room },
    { path: "/v1/rooms/FULL/members/me", body: {} },
    { path: "/v1/rooms/nowhere/members/me", body: {} },
    { path: "/v1/rooms/GONE/members/me", body: {} },
  ],
  "DELETE /v1/rooms/{room}/members/me": [
    { path: "/v1/rooms/LEFT/members/me" },
    { path: "/v1/rooms/MINE/members/me" },
    { path: "/v1/rooms/nowhere/members/me" },
    { path: "/v1/rooms/GONE/members/me" },
  ],
  "PUT /v1/rooms/{room}/members/{user}": [
    { path: "/v1/rooms/MINE/members/BOB", body: {} },
    { path: "/v1/rooms/MINE/members/nobody", body: {} },
    { path: "/v1/rooms/MINE/members/BOB", body: { role: "king" } },
    { path: "/v1/rooms/GONE/members/BOB", body: {} },
  ],
  "PATCH /v1/rooms/{room}/members/{user}": [
    { path: "/v1/rooms/MINE/members/BOB", body: { role: "reader" } },
    { path: "/v1/rooms/MINE/members/nobody", body: { role: "reader" } },
    { path: "/v1/rooms/general/members/BOB", body: { role: "reader" } },
    { path: "/v1/rooms/MINE/members/BOB", body: {} },
    { path: "/v1/rooms/GONE/members/BOB", body: { role: "reader" } },
  ],
  "DELETE /v1/rooms/{room}/members/{user}": [
    { path: "/v1/rooms/MINE/members/BOB" },
    { path: "/v1/rooms/MINE/members/nobody" },
    { path: "/v1/rooms/general/members/BOB" },
    { path: "/v1/rooms/GONE/members/BOB" },
  ],
  "GET /v1/rooms/{room}/bans": [
    { path: "/v1/rooms/MINE/bans", schema: answers.Users },
    { path: "/v1/rooms/general/bans" },
    { path: "/v1/rooms/GONE/bans" },
  ],
  "PUT /v1/rooms/{room}/bans/{user}": [
    { path: "/v1/rooms/MINE/bans/BOB" },
    { path: "/v1/rooms/MINE/bans/nobody" },
    { path: "/v1/rooms/general/bans/BOB" },
    { path: "/v1/rooms/GONE/bans/BOB" },
  ],
  "DELETE /v1/rooms/{room}/bans/{user}": [
    { path: "/v1/rooms/MINE/bans/BOB" },
    { path: "/v1/rooms/general/bans/BOB" },
    { path: "/v1/rooms/GONE/bans/BOB" },
  ],
  "POST /v1/rooms/{room}/invites": [
    { path: "/v1/rooms/MINE/invites", body: { uses: 1 }, schema: answers.NewInvite },
    { path: "/v1/rooms/MINE/invites", body: { uses: 0 } },
    { path: "/v1/rooms/FULL/invites", body: {} },
    { path: "/v1/rooms/GONE/invites", body: {} },
  ],
  "GET /v1/rooms/{room}/invites": [
    { path: "/v1/rooms/MINE/invites", schema: answers.Invites },
    { path: "/v1/rooms/nowhere/invites" },
    { path: "/v1/rooms/GONE/invites" },
  ],
  "DELETE /v1/rooms/{room}/invites/{invite}": [
    { path: "/v1/rooms/MINE/invites/nothing" },
    { path: "/v1/rooms/nowhere/invites/nothing" },
    { path: "/v1/rooms/GONE/invites/nothing" },
  ],
  "POST /v1/tokens": [
    { body: {}, schema: answers.NewToken },
    { body: { room: "general", can: "read", ttl: 60 }, schema: answers.NewToken },
    { body: { room: "nowhere" } },
    { body: { ttl: 0 } },
    { body: { room: "GONE" } },
  ],
  "GET /v1/tokens": [{ schema: answers.Tokens }],
  "DELETE /v1/tokens/{token}": [{ path: "/v1/tokens/nothing" }],
  "GET /v1/rooms/{room}/members": [
    { path: "/v1/rooms/general/members", schema: answers.Members },
    { path: "/v1/rooms/nowhere/members" },
  ],
  "POST /v1/rooms/{room}/messages": [
    {
      path: "/v1/rooms/general/messages",
      body: { clientId: "c", text: "t" },
      schema: answers.Message,
    },
    {
      path: "/v1/rooms/general/messages",
      body: { clientId: "c", text: "t" },
      schema: answers.Message,
    },
    { path: "/v1/rooms/general/messages", body: { clientId: "c", text: "other" } },
    { path: "/v1/rooms/general/messages", body: { clientId: "c", text: "x".repeat(20_000) } },
    { path: "/v1/rooms/general/messages", body: {} },
    { path: "/v1/rooms/nowhere/messages", body: { clientId: "c", text: "t" } },
  ],
  "GET /v1/rooms/{room}/messages": [
    { path: "/v1/rooms/general/messages", schema: answers.Messages },
    { path: "/v1/rooms/general/messages?after=elsewhere.1.x", schema: answers.Messages },
    { path: "/v1/rooms/general/messages?after=1&limit=1", schema: answers.Messages },
    { path: "/v1/rooms/general/messages?limit=0" },
    { path: "/v1/rooms/general/messages?after=x" },
    { path: "/v1/rooms/nowhere/messages" },
    { path: "/v1/rooms/GONE/messages" },
  ],
  "GET /v1/rooms/{room}/messages/{seq}": [
    { path: "/v1/rooms/general/messages/2", schema: answers.Message },
    { path: "/v1/rooms/general/messages/1" },
    { path: "/v1/rooms/GONE/messages/1" },
  ],
  "PATCH /v1/rooms/{room}/messages/{seq}": [
    { path: "/v1/rooms/general/messages/3", body: { text: "other" }, schema: answers.Message },
    { path: "/v1/rooms/general/messages/3", body: { text: "" } },
    { path: "/v1/rooms/general/messages/1", body: { text: "t" } },
    { path: "/v1/rooms/GONE/messages/1", body: { text: "t" } },
  ],
  "GET /v1/rooms/{room}/messages/{seq}/edits": [
    { path: "/v1/rooms/general/messages/3/edits", schema: answers.Edits },
    { path: "/v1/rooms/general/messages/1/edits" },
    { path: "/v1/rooms/GONE/messages/1/edits" },
  ],
  "PUT /v1/rooms/{room}/messages/{seq}/reactions/{emoji}": [
    { path: "/v1/rooms/general/messages/3/reactions/%F0%9F%91%8D" },
    { path: "/v1/rooms/general/messages/3/reactions/x" },
    { path: "/v1/rooms/general/messages/1/reactions/%F0%9F%91%8D" },
    { path: "/v1/rooms/GONE/messages/1/reactions/%F0%9F%91%8D" },
  ],
  "DELETE /v1/rooms/{room}/messages/{seq}/reactions/{emoji}": [
    { path: "/v1/rooms/general/messages/3/reactions/%F0%9F%91%8D" },
    { path: "/v1/rooms/general/messages/3/reactions/x" },
    { path: "/v1/rooms/general/messages/1/reactions/%F0%9F%91%8D" },
    { path: "/v1/rooms/GONE/messages/1/reactions/%F0%9F%91%8D" },
  ],
  "PUT /v1/rooms/{room}/messages/{seq}/pin": [
    { path: "/v1/rooms/general/messages/3/pin" },
    { path: "/v1/rooms/general/messages/1/pin" },
    { path: "/v1/rooms/GONE/messages/1/pin" },
  ],
  "GET /v1/rooms/{room}/pins": [
    { path: "/v1/rooms/general/pins", schema: answers.Pins },
    { path: "/v1/rooms/nowhere/pins" },
    { path: "/v1/rooms/GONE/pins" },
  ],
  "DELETE /v1/rooms/{room}/messages/{seq}/pin": [
    { path: "/v1/rooms/general/messages/3/pin" },
    { path: "/v1/rooms/general/messages/1/pin" },
    { path: "/v1/rooms/GONE/messages/1/pin" },
  ],
  "GET /v1/search": [
    { path: "/v1/search?q=hi&limit=1", schema: answers.Search },
    { path: "/v1/search?q=hi+in:general", schema: answers.Search },
    { path: "/v1/search" },
    { path: "/v1/search?q=hi&room=nowhere" },
    { path: "/v1/search?q=hi&room=GONE" },
    { path: "/v1/search?q=hi&next=x" },
  ],
  "GET /v1/rooms/{room}/threads": [
    { path: "/v1/rooms/general/threads", schema: answers.Threads },
    { path: "/v1/rooms/nowhere/threads" },
    { path: "/v1/rooms/GONE/threads" },
  ],
  "PUT /v1/rooms/{room}/read": [
    { path: "/v1/rooms/general/read", body: { seq: 3 } },
    { path: "/v1/rooms/general/read", body: { seq: -1 } },
    { path: "/v1/rooms/general/read", body: { seq: 3, thread: 1 } },
    { path: "/v1/rooms/GONE/read", body: { seq: 3 } },
  ],
  "GET /v1/rooms/{room}/reads": [
    { path: "/v1/rooms/general/reads", schema: answers.Reads },
    { path: "/v1/rooms/nowhere/reads" },
    { path: "/v1/rooms/GONE/reads" },
  ],
  "PUT /v1/rooms/{room}/level": [
    { path: "/v1/rooms/general/level", body: { level: "none" } },
    { path: "/v1/rooms/general/level", body: { level: "loud" } },
    { path: "/v1/rooms/GONE/level", body: { level: "none" } },
  ],
  "POST /v1/rooms/{room}/typing": [
    { path: "/v1/rooms/general/typing" },
    { path: "/v1/rooms/nowhere/typing" },
    { path: "/v1/rooms/GONE/typing" },
  ],
  "GET /v1/rooms/{room}/presence": [
    { path: "/v1/rooms/general/presence", schema: answers.Presence },
    { path: "/v1/rooms/nowhere/presence" },
    { path: "/v1/rooms/GONE/presence" },
  ],
  "DELETE /v1/rooms/{room}/messages/{seq}": [
    { path: "/v1/rooms/general/messages/3" },
    { path: "/v1/rooms/general/messages/1" },
    { path: "/v1/rooms/GONE/messages/1" },
  ],
  "DELETE /v1/rooms/{room}/messages": [
    { path: "/v1/rooms/MINE/messages" },
    { path: "/v1/rooms/general/messages" },
    { path: "/v1/rooms/GONE/messages" },
  ],
  "POST /v1/rooms/{room}/files": [
    { path: "/v1/rooms/general/files?name=a.json", body: {}, schema: answers.File },
    { path: "/v1/rooms/general/files" },
    { path: "/v1/rooms/nowhere/files", body: {} },
    { path: "/v1/rooms/GONE/files", body: {} },
  ],
  "GET /v1/rooms/{room}/export": [
    { path: "/v1/rooms/general/export" },
    { path: "/v1/rooms/nowhere/export" },
    { path: "/v1/rooms/GONE/export" },
  ],
  "GET /v1/me/export": [{}],
  "GET /v1/files/{file}": [{ path: "/v1/files/nothing" }],
  "GET /v1/files/{file}/link": [{ path: "/v1/files/nothing/link" }],
  "DELETE /v1/files/{file}": [{ path: "/v1/files/nothing" }],
  "GET /v1/rooms/{room}/events": [
    { path: "/v1/rooms/general/events", schema: answers.Events },
    { path: "/v1/rooms/general/events?after=elsewhere.1.x", schema: answers.Events },
    { path: "/v1/rooms/general/events?limit=201" },
    { path: "/v1/rooms/general/events?after=x" },
    { path: "/v1/rooms/GONE/events" },
  ],
  "GET /v1/admin/people": [{}],
  "GET /v1/admin/rooms": [{}],
  "DELETE /v1/admin/people/{user}": [{ path: "/v1/admin/people/BOB" }],
  "GET /v1/doors": [{ schema: answers.Doors }],
  "GET /v1/limits": [{ schema: answers.Limits }],
  "GET /healthz": [{ schema: answers.Alive }],
  "GET /readyz": [{ schema: answers.Ready }],
  "GET /metrics": [{}],
};

test("[OPS8] the document is OpenAPI 3.1 and of its form", async () => {
  const document = await documentOf(await start());
  expect(document["openapi"]).toMatch(/^3\.1\.\d+$/);
  expect(members(document["info"])).toMatchObject({
    title: expect.any(String),
    version: expect.any(String),
  });
  const schemes = members(members(document["components"])["securitySchemes"]);
  for (const { name, path, operation } of operationsOf(document)) {
    const parameters = list(operation["parameters"]).map(members);
    const inPath = parameters.filter((parameter) => parameter["in"] === "path");
    expect([name, inPath.map((parameter) => parameter["name"])]).toEqual([
      name,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter!),
    ]);
    expect(inPath.every((parameter) => parameter["required"] === true)).toBe(true);
    for (const parameter of parameters) expect(isMembers(parameter["schema"])).toBe(true);
    const keys = parameters.map(
      (parameter) => `${String(parameter["in"])} ${String(parameter["name"])}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
    for (const requirement of list(operation["security"])) {
      for (const scheme of Object.keys(members(requirement))) expect(schemes).toContainKey(scheme);
    }
    const responses = Object.entries(members(operation["responses"]));
    expect(responses.length).toBeGreaterThan(0);
    for (const [status, response] of responses) {
      expect(status).toMatch(/^[1-5]\d\d$/);
      expect(members(response)["description"]).toEqual(expect.any(String));
    }
  }
});

test("[OPS8] it holds every served call, and no other", async () => {
  const document = await documentOf(await start());
  const named = operationsOf(document).map(({ name }) => name);
  expect(named.toSorted()).toEqual(
    [...Object.keys(served), "GET /openapi.json", "GET /v1/socket"].toSorted(),
  );
});

test("[OPS8] every call it holds is served, and needs a session where it says so", async () => {
  const server = await start();
  for (const { name, path, operation } of operationsOf(await documentOf(server))) {
    const [method = ""] = name.split(" ");
    const response = await server.fetch(path.replaceAll(/\{\w+\}/g, "x"), {
      method,
      headers: { "content-type": "application/json" },
      ...(method !== "GET" && { body: "{}" }),
    });
    const problem = response.ok ? {} : ((await response.json()) as { code: string });
    expect(problem).not.toMatchObject({ code: "not_found" });
    expect(problem).not.toMatchObject({ code: "method_not_allowed" });
    const isRefused = "code" in problem && problem.code === "unauthorized";
    expect([name, isRefused]).toEqual([name, operation["security"] !== undefined]);
  }
});

test("[OPS8] what is answered is what it says, and what the schemas say, without a field more", async () => {
  const server = await start();
  const document = await documentOf(server);
  const operations = new Map(
    operationsOf(document).map(({ name, operation }) => [name, operation]),
  );
  const ada = await server.guest("Ada");
  const bob = await server.guest("Bob");
  await ada.post("first");
  const room = async (guest: TestGuest, more: object = {}) =>
    (
      (await (await guest.call("POST", "/v1/rooms", { kind: "ephemeral", ...more })).json()) as {
        room: { id: string };
      }
    ).room.id;
  const places: Record<string, string> = {
    ME: ada.user.id,
    BOB: bob.user.id,
    MINE: await room(ada, { kind: "private" }),
    LAST: await room(ada),
    LEFT: await room(bob),
    FULL: await room(bob, { capacity: 1 }),
    GONE: await room(ada),
  };
  await ada.call("DELETE", `/v1/rooms/${places["GONE"]}`);
  await ada.call("PUT", `/v1/rooms/${places["MINE"]}/members/me`, {});
  await ada.call("PUT", `/v1/rooms/${places["LEFT"]}/members/me`, {});
  const named = (text: string) => text.replaceAll(/[A-Z]{2,}/g, (word) => places[word] ?? word);
  // Those that end the session come last.
  const calls = Object.entries(served).toSorted(
    ([one], [other]) => endsAll(one) - endsAll(other) || other.localeCompare(one),
  );
  for (const [name, ways] of calls) {
    const [method = "", template = ""] = name.split(" ");
    const responses = members(operations.get(name)?.["responses"]);
    for (const { path = template, body, schema } of ways) {
      const where = named(path);
      const told = body && (JSON.parse(named(JSON.stringify(body))) as Json);
      const response = await ada.call(method, where, told);
      const status = String(response.status);
      expect([where, Object.keys(responses)]).toEqual([where, expect.arrayContaining([status])]);
      const content = members(responses[status])["content"];
      const isJson = content !== undefined && !("*/*" in members(content));
      if (status === "204" || (!isJson && schema === undefined)) {
        await response.arrayBuffer();
        continue;
      }
      const json = (await response.json()) as Json;
      const type = response.headers.get("content-type") ?? "";
      const described = members(members(content)[type])["schema"] ?? null;
      expect([where, faults(described, json, document)]).toEqual([where, []]);
      strictly(response.ok ? schema! : answers.Problem, json);
    }
  }
});

test("[OPS8] [EPH3] each call in a room says that there may be none, or none any more, as it is", async () => {
  const server = await start();
  const document = await documentOf(server);
  const ada = await server.guest("Ada");
  const gone = await ada.room("private");
  await ada.call("DELETE", `/v1/rooms/${gone}`);
  // What every one of them takes.
  const body = { clientId: "c", text: "t", role: "reader", seq: 1, level: "all" };
  const inRooms = operationsOf(document).filter(({ path }) => path.includes("{room}"));
  expect(inRooms.length).toBeGreaterThan(15);
  for (const { name, path, operation } of inRooms) {
    const [method = ""] = name.split(" ");
    const answered = async (room: string) => {
      const where = path
        .replace("{room}", room)
        .replace("{emoji}", "%F0%9F%91%8D")
        .replaceAll(/\{\w+\}/g, "x");
      const response = await ada.call(method, where, method === "GET" ? undefined : body);
      return ((await response.json()) as { code: string }).code;
    };
    expect([name, await answered("nowhere"), await answered(gone)]).toEqual([
      name,
      "room_not_found",
      "room_gone",
    ]);
    const responses = members(operation["responses"]);
    const says = ["404", "410"].map((status) => responses[status] ?? {});
    expect([name, says.map((one) => members(one)["description"])]).toEqual([
      name,
      [expect.stringContaining("room_not_found"), "room_gone"],
    ]);
  }
});

test("[OPS8] [HTTP5] it says that a token for one room finds nobody", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const made = await ada.call("POST", "/v1/tokens", { room: "general" });
  const { token } = strictly(answers.NewToken, await made.json());
  const { status } = await server.with(ada.user, token).call("GET", "/v1/users?q=a");
  const users = operationsOf(await documentOf(server)).find(({ name }) => name === "GET /v1/users");
  expect(Object.keys(members(users?.operation["responses"]))).toContain(String(status));
  expect(status).toBe(403);
});

/** How late a call comes because of what it ends. */
const endsAll = (name: string) =>
  ["DELETE /v1/sessions", "DELETE /v1/sessions/{session}", "DELETE /v1/me"].indexOf(name);

test("[OPS8] what it says of a body is what is taken", async () => {
  const server = await start();
  const document = await documentOf(server);
  const ada = await server.guest("Ada");
  const bodies: Json[] = [
    { name: "Eve", clientId: "c", text: "t" },
    { name: 5, clientId: 5, text: "t" },
    { name: null, clientId: "c", text: null },
    { name: ["Eve"], clientId: ["c"], text: "t" },
    {},
    null,
    "text",
    5,
  ];
  for (const [name, path] of [
    ["POST /v1/guests", "/v1/guests"],
    ["POST /v1/rooms/{room}/messages", "/v1/rooms/general/messages"],
  ]) {
    const operation = operationsOf(document).find((other) => other.name === name)?.operation;
    const content = members(members(operation?.["requestBody"])["content"]);
    const schema = members(content["application/json"])["schema"] ?? null;
    for (const body of bodies) {
      let good = false;
      // `required` and the like speak of objects only.
      if (isMembers(body)) good = faults(schema, body, document).length === 0;
      const { status } = await ada.call("POST", path!, body);
      expect([path, body, status]).toEqual([path, body, good ? 201 : 400]);
    }
  }
});

test("[OPS8] its queries and streams are described", async () => {
  const document = await documentOf(await start());
  const operations = new Map(
    operationsOf(document).map(({ name, operation }) => [name, operation]),
  );
  const queries = (name: string) =>
    list(operations.get(name)?.["parameters"])
      .map(members)
      .filter((parameter) => parameter["in"] === "query")
      .map((parameter) => [parameter["name"], parameter["required"]]);
  expect(queries("GET /v1/rooms/{room}/messages")).toEqual([
    ["before", false],
    ["after", false],
    ["around", false],
    ["thread", false],
    ["limit", false],
  ]);
  expect(queries("GET /v1/rooms/{room}/events")).toEqual([
    ["after", false],
    ["limit", false],
  ]);
  const events = members(operations.get("GET /v1/rooms/{room}/events")?.["responses"]);
  expect(members(members(events["200"])["content"])).toContainKeys([
    "application/json",
    "text/event-stream",
  ]);
});
