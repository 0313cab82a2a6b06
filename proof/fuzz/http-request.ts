import { routes } from "../../packages/server/src/http/app.ts";
import type { Chance } from "../chance.ts";
import {
  mutated,
  noise,
  oddCursor,
  oddObject,
  oddText,
  oddValue,
  place,
  rightFields,
  type Thrower,
} from "./grammar.ts";

export interface OddRequest {
  readonly bytes: Buffer;
  /** It is HTTP, and whole: there must be an answer. */
  readonly isWhole: boolean;
}

/** What is served beside the calls. */
const PAGES = ["/", "/r/x", "/assets/x"];
/** Where a path says `:name`. */
const NAMES: Readonly<Record<string, (chance: Chance, by: Thrower) => unknown>> = {
  room: () => "general",
  user: (chance) => chance.one(["me", "u_x"]),
  seq: place,
  emoji: () => encodeURIComponent("👍"),
  file: () => "f_x",
  session: () => "s_x",
  invite: () => "i_x",
  token: () => "t_x",
};
const METHODS = "POST PUT PATCH DELETE HEAD OPTIONS get BREW TRACE".split(" ");
const SEGMENTS = [
  "..",
  "%2e%2e",
  ".",
  "%2f",
  "%00",
  "%ff",
  ";x",
  "a b",
  "{x}",
  "__proto__",
  "é",
  "",
];
const QUERIES = [
  ...routes.flatMap(({ query = {} }) =>
    "entries" in query ? Object.keys(query.entries as object) : [],
  ),
  "token",
  "__proto__",
];
const HEADERS = [
  "X-Forwarded-For: 1.2.3.4",
  "X-Forwarded-Host: evil.example",
  "X-HTTP-Method-Override: DELETE",
  "Origin: null",
  "Origin: https://evil.example",
  "Cookie: snug_session=x",
  "Cookie: __proto__=1",
  "Expect: 100-continue",
  "Range: bytes=0-",
  "If-None-Match: *",
  "Accept-Encoding: br;q=x, gzip",
  "Content-Encoding: gzip",
  "Sec-Fetch-Site: cross-site",
  "Last-Event-ID: a.b.c",
  "Upgrade: h2c",
  "Accept: text/event-stream",
  "Authorization: Basic eA==",
  "Authorization: Bearer",
  "Bad Header",
];

/** A request to the HTTP and SSE doors that is almost right, or hardly one. */
export function oddRequest(chance: Chance, by: Thrower): OddRequest {
  const [method, path, body] = call(chance, by);
  const lines = [`${method} ${path} HTTP/1.1`, "Host: snug.test", "Connection: close"];
  if (chance.whole(0, 9) > 1) lines.push(`Authorization: Bearer ${by.token}`);
  if (path.includes("/events") && chance.whole(0, 1) === 0) lines.push("Accept: text/event-stream");
  for (let more = chance.whole(0, 2); more > 0; more--) lines.push(chance.one(HEADERS));
  if (chance.whole(0, 20) === 0) lines.push(`X-Long: ${"x".repeat(chance.one([4_000, 40_000]))}`);
  const type = chance.one([
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "",
  ]);
  if (body !== null)
    lines.push(`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`);
  const bytes = Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
  switch (chance.whole(0, 9)) {
    case 0:
      return { bytes: noise(chance, 300), isWhole: false };
    case 1:
    case 2:
      return { bytes: mutated(chance, bytes), isWhole: false };
    default:
      // A header without a colon, a raw byte, or a method that Bun does not know may end it without an answer.
      return {
        bytes,
        isWhole:
          /^(?!BREW)[A-Z]+ [!-~]+ HTTP/.test(bytes.toString()) && !lines.includes("Bad Header"),
      };
  }
}

function call(chance: Chance, by: Thrower): [method: string, path: string, body: string | null] {
  const route = chance.one(routes);
  let path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const right = NAMES[name];
    if (right === undefined) throw new Error(`nothing is known to say for ":${name}"`);
    return String(right(chance, by));
  });
  if (chance.whole(0, 2) > 0) {
    if (route.body === undefined) return [route.method, path, null];
    const fields = rightFields(chance, by, route.body);
    const dice = chance.whole(0, 6);
    if (dice < 3) return [route.method, path, JSON.stringify(fields)];
    const body = dice === 3 ? oddValue(chance) : oddObject(chance, fields);
    return [route.method, path, body.toWellFormed()];
  }
  if (chance.whole(0, 9) === 0) path = chance.one(PAGES);
  if (chance.whole(0, 4) === 0) {
    const segments = path.split("/");
    segments[chance.whole(1, segments.length - 1)] = chance.one(SEGMENTS);
    path = segments.join("/");
  }
  const value = encodeURIComponent(
    chance.one([oddCursor(chance), oddText(chance).slice(0, 300)]).toWellFormed(),
  );
  if (chance.whole(0, 1) === 0) path += `?${chance.one(QUERIES)}=${value}`;
  return [
    chance.whole(0, 2) > 0 ? "GET" : chance.one(METHODS),
    path,
    chance.whole(0, 4) === 0 ? "" : null,
  ];
}
