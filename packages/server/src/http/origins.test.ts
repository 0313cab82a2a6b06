import { expect, test } from "bun:test";
import { answers } from "@snug/protocol";
import * as v from "valibot";
import { type TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();

const HOME = "https://chat.example.org";
const ALLOWED = "https://friends.example.org";
const FOREIGN = "https://elsewhere.example";

const json = { "content-type": "application/json" };

/** Every call that a page may make with a bearer token, good ones and bad ones. */
const calls: [method: string, path: string, status: number, body?: string][] = [
  ["GET", "/v1/me", 200],
  ["GET", "/v1/sessions", 200],
  ["GET", "/v1/users/nobody", 404],
  ["GET", "/v1/rooms", 200],
  ["GET", "/v1/rooms/general", 200],
  ["GET", "/v1/rooms/nowhere", 404],
  ["GET", "/v1/rooms/general/members", 200],
  ["GET", "/v1/rooms/general/messages", 200],
  ["GET", "/v1/rooms/general/messages?limit=0", 400],
  ["GET", "/v1/rooms/general/messages/1", 404],
  ["POST", "/v1/rooms/general/messages", 201, '{"clientId":"c","text":"t"}'],
  ["POST", "/v1/rooms/general/messages", 409, '{"clientId":"c","text":"other"}'],
  ["POST", "/v1/rooms/general/messages", 400, "{"],
  ["POST", "/v1/rooms/general/messages", 413, JSON.stringify({ text: "x".repeat(70_000) })],
  ["PUT", "/v1/rooms/general/messages", 405],
  ["GET", "/v1/rooms/general/events", 200],
  ["GET", "/v1/limits", 200],
  ["GET", "/healthz", 200],
  ["GET", "/readyz", 200],
  ["GET", "/openapi.json", 200],
  ["GET", "/v1/nothing", 404],
  ["DELETE", "/v1/sessions/other", 404],
  ["DELETE", "/v1/sessions/current", 204],
  ["GET", "/v1/me", 401],
];

function preflight(server: TestServer, path: string, origin: string, method: string) {
  return server.fetch(path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type",
    },
  });
}

const words = (response: Response, header: string) =>
  (response.headers.get(header) ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());

/** Whether a page of this origin may read the answer. */
function isFor(origin: string, response: Response): boolean {
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  const allowed = response.headers.get("access-control-allow-origin");
  return allowed === "*" || allowed === origin;
}

test("[HTTP3] a page of any origin may call with a bearer token, and read errors too", async () => {
  const server = await start();
  const { authorization } = await server.guest("Ada");
  for (const [method, path, status, body] of calls) {
    const response = await server.fetch(path, {
      method,
      headers: { authorization, origin: FOREIGN, "sec-fetch-site": "cross-site", ...json },
      ...(body !== undefined && { body }),
    });
    await response.arrayBuffer();
    expect([path, response.status, isFor(FOREIGN, response)]).toEqual([path, status, true]);
  }
});

test("[HTTP3] a stream is for pages of any origin too", async () => {
  const server = await start();
  const { authorization } = await server.guest("Ada");
  const abort = new AbortController();
  const response = await server.fetch("/v1/rooms/general/events", {
    headers: { authorization, origin: FOREIGN, accept: "text/event-stream" },
    signal: abort.signal,
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(isFor(FOREIGN, response)).toBe(true);
  abort.abort();
});

test("[AUTH4] a stream that a page of another site opens is not opened by the cookie", async () => {
  const server = await start();
  const { token } = await server.guest("Ada");
  const pages: [number, Record<string, string>][] = [
    [401, { "sec-fetch-site": "cross-site" }],
    [401, { "sec-fetch-site": "same-site" }],
    [401, { origin: FOREIGN }],
    [200, { "sec-fetch-site": "same-origin" }],
  ];
  for (const [status, headers] of pages) {
    const abort = new AbortController();
    const response = await server.fetch("/v1/rooms/general/events", {
      headers: { ...headers, cookie: `snug_session=${token}`, accept: "text/event-stream" },
      signal: abort.signal,
    });
    expect([headers, response.status]).toEqual([headers, status]);
    abort.abort();
  }
});

test("[HTTP3] a preflight allows the origin, the method and the headers of a call", async () => {
  const server = await start();
  for (const [method, path] of calls) {
    const response = await preflight(server, path, FOREIGN, method);
    expect([path, response.ok, isFor(FOREIGN, response)]).toEqual([path, true, true]);
    expect(words(response, "access-control-allow-methods")).toContain(method.toLowerCase());
    expect(words(response, "access-control-allow-headers")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "last-event-id"]),
    );
  }
});

test("[AUTH3] the cookie is HttpOnly and SameSite=Lax, and Secure on https alone", async () => {
  for (const [origin, secure] of [
    [undefined, false],
    ["http://chat.example.org", false],
    [HOME, true],
  ] as const) {
    const server = await start(origin === undefined ? {} : { origin });
    const given = await server.fetch("/v1/guests", {
      method: "POST",
      headers: json,
      body: '{"name":"Ada"}',
    });
    const { token } = v.parse(answers.Guest, await given.json());
    const taken = await server.fetch("/v1/sessions/current", {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    for (const response of [given, taken]) {
      const [cookie = ""] = response.headers.getSetCookie();
      const [, ...attributes] = cookie.split(";").map((part) => part.trim().toLowerCase());
      expect(attributes).toEqual(expect.arrayContaining(["httponly", "samesite=lax", "path=/"]));
      expect(attributes.includes("secure")).toBe(secure);
      expect(attributes.some((attribute) => attribute.startsWith("domain"))).toBe(false);
    }
  }
});

/** What a browser may say of where a call comes from, and whether it is one of our own pages. */
const sources = (own: string): [ours: boolean, headers: Record<string, string>][] => [
  [false, {}],
  [false, { origin: FOREIGN }],
  [false, { origin: ALLOWED }],
  [false, { origin: "null" }],
  [false, { origin: `${own}.evil.example` }],
  [false, { origin: own.replace(/^https?/, "ftp") }],
  [false, { origin: own.replace(/(:\d+)?$/, ":1") }],
  [false, { referer: `${own}/` }],
  [false, { "sec-fetch-site": "cross-site" }],
  [false, { "sec-fetch-site": "same-site" }],
  [false, { "sec-fetch-site": "none" }],
  [false, { "sec-fetch-site": "same-site", origin: FOREIGN }],
  [true, { origin: own }],
  [true, { "sec-fetch-site": "same-origin" }],
  [true, { "sec-fetch-site": "same-origin", origin: own }],
];

test.each([undefined, HOME])(
  "[AUTH4] with the cookie, changes are taken from our own pages only (origin %p)",
  async (origin) => {
    const server = await start({
      ...(origin !== undefined && { origin }),
      allowOrigins: [ALLOWED],
    });
    const own = origin ?? server.url;
    const ada = await server.guest("Ada");
    const cookie = `snug_session=${ada.token}`;
    const state = async () => [
      await ada.get("/v1/rooms/general/events"),
      await ada.get("/v1/sessions"),
    ];
    for (const [index, [ours, headers]] of sources(own).entries()) {
      const call = (method: string, path: string, body?: string) =>
        server.fetch(path, {
          method,
          headers: { cookie, ...json, ...headers },
          ...(body !== undefined && { body }),
        });
      const before = await state();
      const post = await call(
        "POST",
        "/v1/rooms/general/messages",
        JSON.stringify({ clientId: `c${index}`, text: "t" }),
      );
      expect([headers, await outcome(post)]).toEqual([headers, ours ? "201" : "403 forbidden"]);
      if (!ours) {
        expect(await outcome(await call("DELETE", "/v1/sessions/current"))).toBe("403 forbidden");
        expect(await state()).toEqual(before);
      }
      for (const method of ["GET", "HEAD", "OPTIONS"]) {
        expect((await call(method, "/v1/rooms/general/messages")).ok).toBe(true);
      }
    }
    const headers = { cookie, origin: own };
    const bye = await server.fetch("/v1/sessions/current", { method: "DELETE", headers });
    expect(bye.status).toBe(204);
  },
);

test("[AUTH4] our own origin is the public address where one is set, and not where it listens", async () => {
  const server = await start({ origin: HOME });
  const { token } = await server.guest("Ada");
  const response = await server.fetch("/v1/sessions/current", {
    method: "DELETE",
    headers: { cookie: `snug_session=${token}`, origin: server.url },
  });
  expect(await outcome(response)).toBe("403 forbidden");
});

test("[AUTH4] a bearer token needs neither, and counts before a cookie", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (const [index, [, headers]] of sources(server.url).entries()) {
    const response = await server.fetch("/v1/rooms/general/messages", {
      method: "POST",
      headers: {
        authorization: ada.authorization,
        cookie: `snug_session=${ada.token}`,
        ...json,
        ...headers,
      },
      body: JSON.stringify({ clientId: `c${index}`, text: "t" }),
    });
    expect([headers, await outcome(response)]).toEqual([headers, "201"]);
  }
});

test.each([undefined, HOME])(
  "[AUTH5] guests are taken from our own origin, allowed ones and outside of pages (origin %p)",
  async (origin) => {
    const server = await start({
      ...(origin !== undefined && { origin }),
      allowOrigins: [ALLOWED],
    });
    const own = origin ?? server.url;
    const witness = await server.guest("Witness");
    const knock = (headers: Record<string, string>, path = "/v1/guests") =>
      server.fetch(path, {
        method: "POST",
        headers: { ...json, ...headers },
        body: '{"name":"Ada"}',
      });

    const before = await witness.get("/v1/rooms/general/events");
    const strangers = [
      FOREIGN,
      "null",
      `${ALLOWED}.evil.example`,
      ALLOWED.replace("https:", "http:"),
      `${ALLOWED}:444`,
      `${own}1`,
      own.replace(/(:\d+)?$/, ":1"),
      ...(origin === undefined ? [HOME] : [server.url]),
    ];
    for (const stranger of strangers) {
      const headers = { origin: stranger, "sec-fetch-site": "same-origin" };
      for (const path of ["/v1/guests", "/v1/%67uests"]) {
        const response = await knock(headers, path);
        expect(response.headers.getSetCookie()).toEqual([]);
        expect([stranger, await outcome(response)]).toEqual([stranger, "403 forbidden"]);
      }
      expect(isFor(stranger, await knock(headers))).toBe(false);
      expect(isFor(stranger, await preflight(server, "/v1/guests", stranger, "POST"))).toBe(false);
    }
    expect(await witness.get("/v1/rooms/general/events")).toEqual(before);

    for (const friend of [undefined, own, ALLOWED]) {
      const response = await knock(friend === undefined ? {} : { origin: friend });
      expect([friend, response.status]).toEqual([friend, 201]);
      expect(response.headers.getSetCookie()).toHaveLength(1);
    }
  },
);

test("[AUTH5] [HTTP3] a page of an allowed origin may read the answer of POST /v1/guests", async () => {
  const server = await start({ allowOrigins: [FOREIGN, ALLOWED] });
  const response = await server.fetch("/v1/guests", {
    method: "POST",
    headers: { ...json, origin: ALLOWED },
    body: '{"name":"Ada"}',
  });
  expect([response.status, isFor(ALLOWED, response)]).toEqual([201, true]);
  expect(words(response, "vary")).toContain("origin");
  const before = await preflight(server, "/v1/guests", ALLOWED, "POST");
  expect([before.ok, isFor(ALLOWED, before)]).toEqual([true, true]);
  expect(words(before, "access-control-allow-headers")).toContain("content-type");
});
