import { expect, test } from "bun:test";
import { answers } from "@snug/protocol";
import fc from "fast-check";
import { connect } from "node:net";
import { newRoom } from "../fixtures.ts";
import { type TestGuest, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();

const MESSAGES = "/v1/rooms/general/messages";
const EVENTS = "/v1/rooms/general/events";

/**
 * Runs `abuse` beside somebody who listens on a stream and a socket, and checks
 * that it changed nothing, and that the listener heard nothing of it.
 */
async function harmless(abuse: (server: TestServer, ada: TestGuest) => Promise<void>) {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const stream = await bob.stream();
  const socket = await bob.socket();
  await socket.ask({ type: "open-room", room: "general" });
  const state = () =>
    Promise.all([
      ...[EVENTS, "/v1/rooms", "/v1/rooms/general/members", "/v1/me", "/v1/sessions"].map(bob.get),
      ...["/v1/me", "/v1/sessions"].map(ada.get),
    ]);
  const before = await state();
  await abuse(server, ada);
  expect(await state()).toEqual(before);

  const { message } = strictly(answers.Message, await (await bob.post("undisturbed")).json());
  const event = { type: "message.posted", ...message };
  expect((await stream.events(1)).map((told) => told.event as unknown)).toEqual([event]);
  expect((await socket.events(1)) as unknown).toEqual([event]);
  expect(socket.frames).toEqual([]);
  expect(socket.raw.readyState).toBe(WebSocket.OPEN);
  stream.close();
  socket.close();
}

/** Sends these bytes and answers with all that comes back until the server closes. */
function raw(server: TestServer, ...pieces: (string | Uint8Array)[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += String(chunk)));
  // The server may reset a connection on which more was sent than it read.
  socket.on("error", (fault) => (text === "" ? reject(fault) : resolve(text)));
  socket.on("close", () => resolve(text));
  for (const piece of pieces) socket.write(piece);
  return promise;
}

/** The answer as `fetch` would give it. */
function toResponse(text: string): Response {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first.split(" ")[1]);
  return new Response(rest.join("\r\n\r\n"), { status, headers });
}

/** The lines of a request that come before its own. */
const opening = (method: string, path: string, authorization: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: snug\r\nConnection: close\r\nAuthorization: ${authorization}\r\n`;

function post(ada: TestGuest, server: TestServer, body: string | Uint8Array, path = MESSAGES) {
  return server.fetch(path, {
    method: "POST",
    headers: { authorization: ada.authorization, "content-type": "application/json" },
    body: body as never,
  });
}

const bytes = (...numbers: number[]) => Uint8Array.from(numbers);
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, "utf16le"));
const inside = (...numbers: number[]) =>
  new Uint8Array(
    Buffer.concat([
      Buffer.from('{"name":"a","clientId":"c","text":"t'),
      Buffer.from(numbers),
      Buffer.from('"}'),
    ]),
  );

test("[HTTP1] [AVL1] [AVL2] a body that is not JSON in UTF-8 is invalid_request and changes nothing", () =>
  harmless(async (server, ada) => {
    const bodies: (string | Uint8Array)[] = [
      "",
      " ",
      "{",
      "}",
      "nonsense",
      "undefined",
      "NaN",
      "{'clientId':'c','text':'t'}",
      '{"clientId":"c","text":"t"',
      '{"clientId":"c","text":"t",}',
      '{"clientId":"c","text":"t"}{}',
      '{"clientId":"c","text":"t"}\0',
      '{"clientId":"c","text":"a\nb"}',
      '{"clientId":"c","text":"\\x"}',
      "clientId=c&text=t",
      "[".repeat(60_000),
      '{"text":'.repeat(8_000),
      bytes(0),
      bytes(0xff),
      bytes(0x1f, 0x8b, 0x08, 0x00),
      utf16('{"clientId":"c","text":"t"}'),
      inside(0xff),
      inside(0xc3),
      inside(0xc0, 0x80),
      inside(0xed, 0xa0, 0x80),
      inside(0xf4, 0x90, 0x80, 0x80),
    ];
    for (const body of bodies) {
      for (const path of [MESSAGES, "/v1/guests"]) {
        const response = await post(ada, server, body, path);
        expect([body, await outcome(response)]).toEqual([body, "400 invalid_request"]);
      }
    }
    for (const body of ["null", "5", '"text"', "true", "[]", '[{"clientId":"c","text":"t"}]']) {
      for (const path of [MESSAGES, "/v1/guests"]) {
        const response = await post(ada, server, body, path);
        expect(await outcome(response)).toMatch(/^400 invalid_request/);
      }
    }
  }));

test("[HTTP1] [AVL1] [AVL2] a field of another type is invalid_request with its name", () =>
  harmless(async (server, ada) => {
    const deep = "[".repeat(20_000) + "]".repeat(20_000);
    const values = ["5", "-0", "1e400", "null", "true", "[]", '["t"]', "{}", '{"t":"t"}', deep];
    const fields = { clientId: '"c"', text: '"t"' };
    for (const field of ["clientId", "text"] as const) {
      for (const value of [...values, undefined]) {
        const pairs = Object.entries({ ...fields, [field]: value });
        const members = pairs.flatMap(([key, json]) =>
          json === undefined ? [] : [`"${key}":${json}`],
        );
        const response = await post(ada, server, `{${members.join(",")}}`);
        expect([value, await outcome(response)]).toEqual([value, `400 invalid_request ${field}`]);
      }
    }
    for (const value of values) {
      const response = await post(ada, server, `{"name":${value}}`, "/v1/guests");
      expect([value, await outcome(response)]).toEqual([value, "400 invalid_request name"]);
    }
    for (const body of [
      "{}",
      '{"__proto__":{"clientId":"c","text":"t","name":"n"}}',
      '{"constructor":{"prototype":{"clientId":"c","text":"t","name":"n"}}}',
    ]) {
      expect(await outcome(await post(ada, server, body))).toBe("400 invalid_request clientId");
      const guest = await post(ada, server, body, "/v1/guests");
      expect(await outcome(guest)).toBe("400 invalid_request name");
    }
    expect(({} as { clientId?: string }).clientId).toBeUndefined();
  }));

test("[HTTP1] fields that are not known are ignored, whatever they are called", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const extra = '"__proto__":{"text":"p"},"constructor":{"text":"p"},"toString":1,"":null,"room":7';
  const response = await post(ada, server, `{${extra},"clientId":"c","text":"t","toJSON":{}}`);
  expect(response.status).toBe(201);
  const { message } = strictly(answers.Message, await response.json());
  expect(message).toMatchObject({ clientId: "c", text: "t" });
  const guest = await post(ada, server, `{${extra},"name":"Eve"}`, "/v1/guests");
  strictly(answers.Guest, await guest.json());
  expect((await ada.call("GET", `${MESSAGES}?__proto__=1&constructor=2&room=x`)).status).toBe(200);
});

test("[HTTP1] [AVL1] a body of any other type is 415 unsupported_type", () =>
  harmless(async (server, ada) => {
    const body = new TextEncoder().encode('{"clientId":"c","text":"t","name":"n"}');
    for (const path of [MESSAGES, "/v1/guests"]) {
      for (const type of [
        undefined,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/json, text/plain",
        "json",
        "x; application/json",
      ]) {
        const { authorization } = ada;
        const response = await server.fetch(path, {
          method: "POST",
          headers: { authorization, ...(type !== undefined && { "content-type": type }) },
          body,
        });
        expect([type, await outcome(response)]).toEqual([type, "415 unsupported_type"]);
      }
    }
  }));

test("[HTTP1] JSON with parameters, in any case, and with a byte order mark is JSON", async () => {
  const server = await start();
  const { authorization } = await server.guest("Ada");
  const types = ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"];
  for (const [index, type] of types.entries()) {
    const response = await server.fetch(MESSAGES, {
      method: "POST",
      headers: { authorization, "content-type": type },
      body: `\ufeff ${JSON.stringify({ clientId: `c${index}`, text: "t" })}\n`,
    });
    expect([type, response.status]).toEqual([type, 201]);
  }
});

/** A body of a message that is exactly so long. */
function sized(length: number, clientId = "c") {
  const body = JSON.stringify({ clientId, text: "t" });
  return body + " ".repeat(length - body.length);
}

const chunked = (...chunks: string[]) =>
  chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");

test("[LIM3] a body of 64 KiB is read, with or without a Content-Length", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  expect((await post(ada, server, sized(65_536, "length"))).status).toBe(201);
  const head = `${opening("POST", MESSAGES, ada.authorization)}Content-Type: application/json\r\n`;
  const body = sized(65_536, "chunks");
  const answer = await raw(
    server,
    `${head}Transfer-Encoding: chunked\r\n\r\n`,
    chunked(body.slice(0, 40_000), body.slice(40_000, 65_535), body.slice(65_535)),
    "0\r\n\r\n",
  );
  expect(toResponse(answer).status).toBe(201);
});

test("[LIM3] [AVL1] [AVL2] a larger body is 413 too_large, with or without a Content-Length", () =>
  harmless(async (server, ada) => {
    for (const path of [MESSAGES, "/v1/guests"]) {
      const head = `${opening("POST", path, ada.authorization)}Content-Type: application/json\r\n`;
      for (const length of [65_537, 200_000, 1_000_000]) {
        const body = sized(length);
        expect(await outcome(await post(ada, server, body, path))).toBe("413 too_large");
        const answer = await raw(
          server,
          `${head}Transfer-Encoding: chunked\r\n\r\n`,
          chunked(body.slice(0, 30_000), body.slice(30_000)),
          "0\r\n\r\n",
        );
        expect(await outcome(toResponse(answer))).toBe("413 too_large");
      }
    }
  }));

test("[LIM3] a body that is announced or sent without an end is refused before it ends", () =>
  harmless(async (server, ada) => {
    const head = `${opening("POST", MESSAGES, ada.authorization)}Content-Type: application/json\r\n`;
    const announced = await raw(server, `${head}Content-Length: 900000\r\n\r\n{`);
    expect(await outcome(toResponse(announced))).toBe("413 too_large");
    const endless = await raw(
      server,
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      chunked("x".repeat(40_000), "x".repeat(40_000)),
    );
    expect(await outcome(toResponse(endless))).toBe("413 too_large");
  }));

test("[LIM3] a body of more than 1 MiB is the same 413 too_large", () =>
  harmless(async (server, ada) => {
    const head = `${opening("POST", MESSAGES, ada.authorization)}Content-Type: application/json\r\n`;
    for (const length of ["1048577", "3000000", "99999999999"]) {
      const answer = await raw(server, `${head}Content-Length: ${length}\r\n\r\n{`);
      expect([length, await outcome(toResponse(answer))]).toEqual([length, "413 too_large"]);
    }
  }));

test("[ERR3] [AVL1] a path that is not known is 404 not_found for every method", () =>
  harmless(async (server, ada) => {
    const paths = [
      "/",
      "/v1",
      "/v1/",
      "/v2/rooms",
      "//v1/rooms",
      "//v1/rooms/general/messages",
      "/v1//rooms",
      "/V1/rooms",
      "/v1/Rooms",
      "/v1/rooms/",
      "/v1/rooms//messages",
      "/v1/rooms//events",
      "/v1/rooms/general/",
      "/v1/rooms/general/nothing",
      "/v1/rooms/general/messages/",
      "/v1/rooms/general/messages/1/x",
      "/v1/rooms/general/messages;x",
      "/v1/rooms/../../etc/passwd",
      "/v1/rooms/%2e%2e/%2e%2e/etc/passwd",
      "/../data/snug.db",
      "/v1/people",
      "/v1/users/",
      "/v1/sessions/",
      "/v1/sessions//",
      "/v1/limits/",
      "/v1/limits%00",
      "/v1/limits%20",
      "/limits",
      "/healthz/",
      "/.git/config",
      "/index.html",
      "/__proto__",
      "/constructor",
      "/%zz",
      `/${"x".repeat(10_000)}`,
    ];
    for (const path of paths) {
      for (const method of ["GET", "POST", "DELETE", "PUT", "PATCH", "TRACE"]) {
        const answer = await raw(server, `${opening(method, path, ada.authorization)}\r\n`);
        expect([method, path, await outcome(toResponse(answer))]).toEqual([
          method,
          path,
          "404 not_found",
        ]);
      }
    }
  }));

const served: [path: string, methods: string][] = [
  ["/v1/guests", "POST"],
  ["/v1/accounts", "POST"],
  ["/v1/sessions", "GET, POST, DELETE"],
  ["/v1/sessions/other", "DELETE"],
  ["/v1/me", "GET, PATCH, DELETE"],
  ["/v1/me/events", "GET"],
  ["/v1/users", "GET"],
  ["/v1/users/nobody", "GET"],
  ["/v1/rooms", "GET, POST"],
  ["/v1/rooms/general", "GET, PATCH, DELETE"],
  ["/v1/rooms/nowhere", "GET, PATCH, DELETE"],
  ["/v1/rooms/general/members", "GET"],
  ["/v1/rooms/general/members/other", "PUT, PATCH, DELETE"],
  ["/v1/rooms/general/bans", "GET"],
  ["/v1/rooms/general/bans/other", "PUT, DELETE"],
  ["/v1/rooms/general/invites", "GET, POST"],
  ["/v1/rooms/general/invites/other", "DELETE"],
  ["/v1/tokens", "GET, POST"],
  ["/v1/tokens/other", "DELETE"],
  ["/v1/rooms/general/messages", "GET, POST, DELETE"],
  ["/v1/rooms/general/messages/1", "GET, PATCH, DELETE"],
  ["/v1/rooms/general/messages/1/edits", "GET"],
  ["/v1/rooms/general/messages/1/reactions/x", "PUT, DELETE"],
  ["/v1/rooms/general/messages/1/pin", "PUT, DELETE"],
  ["/v1/rooms/general/pins", "GET"],
  ["/v1/rooms/general/threads", "GET"],
  ["/v1/search", "GET"],
  ["/v1/rooms/general/read", "PUT"],
  ["/v1/rooms/general/reads", "GET"],
  ["/v1/rooms/general/level", "PUT"],
  ["/v1/rooms/general/typing", "POST"],
  ["/v1/rooms/general/presence", "GET"],
  ["/v1/rooms/general/events", "GET"],
  ["/v1/doors", "GET"],
  ["/v1/limits", "GET"],
  ["/healthz", "GET"],
  ["/readyz", "GET"],
  ["/metrics", "GET"],
];

async function refusesOtherMethods(server: TestServer, ada: TestGuest, path: string, list: string) {
  const methods = list.split(", ");
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
    if (methods.includes(method)) continue;
    for (const authorization of [ada.authorization, undefined]) {
      const response = await server.fetch(path, {
        method,
        headers: {
          "content-type": "application/json",
          ...(authorization !== undefined && { authorization }),
        },
        ...(method !== "GET" && { body: '{"name":"n","clientId":"c","text":"t"}' }),
      });
      const allow = (response.headers.get("allow") ?? "").split(", ").toSorted();
      expect([method, path, await outcome(response), allow]).toEqual([
        method,
        path,
        "405 method_not_allowed",
        methods.toSorted(),
      ]);
    }
  }
}

test("[ERR3] [AVL1] a known path with another method is 405 method_not_allowed", () =>
  harmless(async (server, ada) => {
    for (const [path, methods] of served) await refusesOtherMethods(server, ada, path, methods);
  }));

test.each(["/openapi.json", "/v1/socket"])(
  "[ERR3] %s with another method is 405 method_not_allowed too",
  async (path) => {
    const server = await start();
    await refusesOtherMethods(server, await server.guest("Ada"), path, "GET");
  },
);

test("[ERR3] HEAD is GET without a body, also where a stream could be, and OPTIONS changes nothing", () =>
  harmless(async (server, ada) => {
    for (const [path, methods] of [...served, ["/openapi.json", "GET"] as const]) {
      for (const accept of ["*/*", "text/event-stream"]) {
        const headers = { authorization: ada.authorization, accept };
        const head = await server.fetch(path, { method: "HEAD", headers });
        expect(await head.text()).toBe("");
        if (!methods.includes("GET")) expect(head.status).toBe(405);
        else if (accept === "*/*" && path !== "/v1/me/events") {
          const { status } = await server.fetch(path, { headers });
          expect([path, head.status]).toEqual([path, status]);
        } else expect(head.status).toBeLessThan(405);
        const options = await server.fetch(path, { method: "OPTIONS", headers });
        expect([options.status, await options.text()]).toEqual([204, ""]);
      }
    }
    // The listener's own; a HEAD leaves no stream open behind it.
    const metrics = await (await server.fetch("/metrics")).text();
    expect(metrics).toContain('snug_connections{transport="sse"} 1\n');
  }));

test("[AVL1] [AVL2] requests that are hardly HTTP are refused or dropped, and disturb nobody", () =>
  harmless(async (server, ada) => {
    const head = opening("POST", MESSAGES, ada.authorization);
    const body = '{"clientId":"c","text":"t"}';
    const requests: (string | Uint8Array)[] = [
      "GET\r\n\r\n",
      "\r\n\r\n",
      "nonsense\r\n\r\n",
      "GET v1/me HTTP/1.1\r\nHost: snug\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: snug\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: snug\r\n\r\n",
      "GET /v1/me HTTP/9.9\r\nHost: snug\r\n\r\n",
      "GET /v1/me HTTP/1.1\r\n\r\n",
      "get /v1/me HTTP/1.1\r\nHost: snug\r\n\r\n",
      "GET /v1/\u0001 HTTP/1.1\r\nHost: snug\r\n\r\n",
      "GET /v1/me HTTP/1.1\r\nHost: snug\r\nBad Header\r\n\r\n",
      `GET /v1/me HTTP/1.1\r\nHost: snug\r\nX: ${"x".repeat(100_000)}\r\n\r\n`,
      `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: snug\r\n\r\n`,
      bytes(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x0d, 0x0a, 0x0d, 0x0a),
      `${head}Content-Type: application/json\r\nContent-Length: abc\r\n\r\n${body}`,
      `${head}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n${body}`,
      `${head}Content-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n${body}`,
      `${head}Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ];
    for (const request of requests) {
      const answer = await raw(server, request);
      expect([request, answer]).toEqual([
        request,
        expect.stringMatching(/^$|^HTTP\/1\.1 (4\d\d|505) /),
      ]);
    }
  }));

test("[AVL1] [ERR3] an odd Host, or none, is no fault of the server and tells nothing of its inside", () =>
  harmless(async (server) => {
    for (const host of [
      "[",
      "a b",
      "",
      ":",
      "x:99999",
      "x:y",
      "%",
      "a/b",
      "a?b",
      "@",
      "é",
      "<x>",
    ]) {
      const answer = await raw(
        server,
        `GET /v1/limits HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect([host, answer.slice(0, 12)]).toEqual([
        host,
        expect.stringMatching(/^HTTP\/1\.1 (200|4\d\d)$/),
      ]);
    }
    const old = await raw(server, "GET /v1/limits HTTP/1.0\r\n\r\n");
    expect(old.slice(0, 12)).toMatch(/^HTTP\/1\.1 (200|4\d\d)$/);
  }));

test("[AVL2] who goes away in the middle of a body, or sends broken chunks, is no fault of the server", () =>
  harmless(async (server, ada) => {
    const head = `${opening("POST", MESSAGES, ada.authorization)}Content-Type: application/json\r\n`;
    const turn = () => server.fetch("/healthz");
    const halves = [
      `${head}Content-Length: 500\r\n\r\n{"clientId":"c"`,
      `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"cli\r\n`,
    ];
    for (const half of halves) {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.on("close", () => resolve());
      await new Promise<void>((sent) => socket.write(half, () => sent()));
      await turn();
      socket.destroy();
      await closed;
      await turn();
    }
    await raw(server, `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"cli\r\nzz\r\n`);
    await turn();
    expect(server.faults.splice(0)).toEqual([]);
  }));

test("[AVL1] [AVL2] any JSON is answered with a good answer or a clear error, and is no fault", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue(), fc.constant("t"));
  const body = fc.oneof(
    fc.json(),
    fc
      .record({ clientId: value, text: value }, { requiredKeys: [] })
      .map((one) => JSON.stringify(one)),
  );
  let stored = 1;
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 30 }), async (bodies) => {
      const outcomes = await Promise.all(
        bodies.map(async (json) => outcome(await post(ada, server, json))),
      );
      for (const told of outcomes) {
        expect(told).toMatch(/^20[01]$|^400 invalid_request|^409 client_id_conflict clientId$/);
      }
      stored += outcomes.filter((told) => told === "201").length;
      expect((await ada.get("/v1/rooms/general")).room.seq).toBe(stored);
    }),
    { numRuns: 10 },
  );
});

test("[ERR2] the same mistake has the same code on HTTP, SSE and WebSocket", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  await ada.post("first", "taken");
  await server.engine.store.addRoom(newRoom("cellar", { kind: "private" }));
  const socket = await ada.socket();
  const onSocket = async (command: object) => {
    const { ok, error } = await socket.ask(command);
    expect(ok).toBe(false);
    return [error.code, error.field].filter(Boolean).join(" ");
  };
  const onHttp = async (response: Response) => (await outcome(response)).slice(4);
  const stream = (path: string) =>
    server.fetch(path, {
      headers: { authorization: ada.authorization, accept: "text/event-stream" },
    });

  for (const room of ["cellar", "nowhere", "a b"]) {
    const path = `/v1/rooms/${encodeURIComponent(room)}/events`;
    expect(await onSocket({ type: "open-room", room })).toBe("room_not_found");
    expect(await onHttp(await ada.call("GET", path))).toBe("room_not_found");
    expect(await onHttp(await stream(path))).toBe("room_not_found");
  }
  for (const [clientId, text, code] of [
    ["c", "", "invalid_request text"],
    ["c", "\0", "invalid_request text"],
    ["c", 5, "invalid_request text"],
    ["", "t", "invalid_request clientId"],
    ["c".repeat(65), "t", "invalid_request clientId"],
    ["c", "x".repeat(16_385), "too_large text"],
    ["taken", "second", "client_id_conflict clientId"],
  ] as const) {
    const body = { clientId, text };
    const command = { type: "post-message", room: "general", ...body };
    expect([body, await onSocket(command)]).toEqual([body, code]);
    expect([body, await onHttp(await ada.call("POST", MESSAGES, body))]).toEqual([body, code]);
  }
  expect(await onSocket({ type: "open-room", room: "general", after: "x" })).toBe(
    "invalid_cursor after",
  );
  expect(await onHttp(await stream(`${EVENTS}?after=x`))).toBe("invalid_cursor after");
  expect(await onHttp(await ada.call("GET", `${EVENTS}?after=x`))).toBe("invalid_cursor after");
  expect(await onHttp(await stream(`${EVENTS}?limit=0`))).toBe("invalid_request limit");
  socket.close();
});

test("[ERR2] [AUTH2] a stream without a session is an ordinary 401", async () => {
  const server = await start();
  for (const headers of [{}, { authorization: "Bearer x" }, { cookie: "snug_session=x" }]) {
    const accept = "text/event-stream";
    const response = await server.fetch(EVENTS, { headers: { accept, ...headers } });
    expect(await outcome(response)).toBe("401 unauthorized");
  }
});
