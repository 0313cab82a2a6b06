import { expect, test } from "bun:test";
import { answers, limits } from "@snug/protocol";
import { cheapPasswords, type TestGuest } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start } = testServers();

const path = (q: string, more: Record<string, string> = {}) =>
  `/v1/search?${new URLSearchParams({ q, ...more })}`;
const search = async (someone: TestGuest, q: string, more: Record<string, string> = {}) =>
  strictly(answers.Search, await someone.get(path(q, more)));
const texts = async (someone: TestGuest, q: string, more: Record<string, string> = {}) =>
  (await search(someone, q, more)).hits.map(({ message }) => message.text);
const refused = async (someone: TestGuest, q: string, more: Record<string, string> = {}) =>
  outcome(await someone.call("GET", path(q, more)));

test("[SRC1] [SRC6] what was said is found as it is now, with who said it and where the words stand", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  await ada.post("Tea at noon in the café?");
  const said = (await (await bob.post("yes, CAFE it is <b>tea</b>")).json()).message;
  const { hits, users } = await search(ada, "café tea");
  expect(hits).toHaveLength(2);
  expect(hits[0]).toEqual({
    room: "general" as never,
    message: said,
    highlight: ["yes, ", "CAFE", " it is <b>", "tea", "</b>"],
  });
  expect(users[bob.user.id]).toMatchObject({ name: "Bob" });
  expect(hits[1]?.highlight).toEqual(["", "Tea", " at noon in the ", "café", "?"]);
  await bob.call("PATCH", `/v1/rooms/general/messages/${said.seq}`, { text: "no, cocoa" });
  expect(await texts(ada, "cocoa")).toEqual(["no, cocoa"]);
  await bob.call("DELETE", `/v1/rooms/general/messages/${said.seq}`);
  expect([await texts(ada, "cocoa"), await texts(ada, "cafe")]).toEqual([
    [],
    ["Tea at noon in the café?"],
  ]);
});

test("[SRC3] from:, in:, before:, after: and - are understood, by names and ids", async () => {
  const server = await start({ passwords: cheapPasswords });
  const [ada, lin] = [
    await server.account("ada", { name: "Ada Lovelace" }),
    await server.guest("Lin"),
  ];
  const cellar = await ada.room("private", { name: "The Cellar" });
  await ada.post("tea one");
  await ada.post("tea two", "c", cellar);
  await lin.post("tea three");
  const cases: [q: string, ...found: string[]][] = [
    ["tea", "tea three", "tea two", "tea one"],
    ["tea from:me", "tea two", "tea one"],
    ['from:"ada lovelace"', "tea two", "tea one"],
    ["from:ADA -two", "tea one"],
    [`from:<@${lin.user.id}>`, "tea three"],
    ["from:@ada from:Lin -from:me tea", "tea three"],
    ["from:nobody tea"],
    ['tea in:"the cellar"', "tea two"],
    [`tea in:${cellar} in:general`, "tea three", "tea two", "tea one"],
    ["tea -in:general", "tea two"],
    ["tea before:2020"],
    ["tea after:2020 before:2999", "tea three", "tea two", "tea one"],
  ];
  for (const [q, ...found] of cases) expect([q, await texts(ada, q)]).toEqual([q, found]);
  expect(await texts(ada, "tea", { room: "general" })).toEqual(["tea three", "tea one"]);
  for (const q of ["in:nowhere tea", "tea in:general"])
    expect([q, await refused(ada, q, { room: cellar })]).toEqual([q, "404 room_not_found"]);
});

test("[SRC1] [SRC3] by a name all are found who have it, and left out, beside however many whose names begin so", async () => {
  const server = await start({ passwords: cheapPasswords });
  const lin = await server.guest("Lin");
  const others = Array.from({ length: 55 }, (_, index) => index);
  const names = await Promise.all(others.map(() => server.guest("Mia")));
  for (const [index, one] of names.entries()) await one.post(`tea ${index}`);
  await Promise.all(
    others.map((index) => server.account(`lin${index}`, { name: `Aaron ${index}` })),
  );
  await lin.post("tea of Lin");
  const all = { limit: "100" };
  expect(await texts(lin, "tea from:mia", all)).toHaveLength(55);
  expect(await texts(lin, "tea -from:Mia", all)).toEqual(["tea of Lin"]);
  expect(await texts(names[0]!, "from:lin", all)).toEqual(["tea of Lin"]);
});

test("[HTTP6] [SRC4] nothing is found in a room that one may not read, or not any more; a room that one may see by its id is searched when it is named", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const hall = await ada.room("public", { name: "Hall" });
  const cellar = await ada.room("private", { name: "Cellar" });
  const tent = await ada.room("ephemeral", { name: "Tent" });
  for (const room of [hall, cellar, tent]) await ada.post(`the word in ${room}`, "c", room);
  const found = async (more: Record<string, string> = {}) =>
    (await search(bob, "word", more)).hits.map(({ room }) => room as string);
  expect(await found()).toEqual([hall]);
  expect(await found({ room: tent })).toEqual([tent]);
  expect((await search(bob, `word in:${tent}`)).hits).toHaveLength(1);
  for (const q of ["word in:Cellar", `word in:${cellar}`, "word in:Tent"])
    expect([q, await refused(bob, q)]).toEqual([q, "404 room_not_found"]);
  expect(await refused(bob, "word", { room: cellar })).toBe("404 room_not_found");

  await ada.call("PUT", `/v1/rooms/${cellar}/members/${bob.user.id}`, {});
  expect(await found()).toEqual([cellar, hall]);
  const { next } = await search(bob, "word", { limit: "1" });
  await ada.call("DELETE", `/v1/rooms/${cellar}/members/${bob.user.id}`);
  expect(await found()).toEqual([hall]);
  expect(await refused(bob, "word", { next: next ?? "" })).toBe("400 invalid_cursor next");
  await ada.call("PUT", `/v1/rooms/${hall}/bans/${bob.user.id}`);
  expect(await found()).toEqual([]);
  expect(await refused(bob, "word", { room: hall })).toBe("404 room_not_found");
  await ada.call("DELETE", `/v1/rooms/${tent}`);
  expect(await refused(bob, "word", { room: tent })).toBe("410 room_gone");

  const { token } = await (
    await ada.call("POST", "/v1/tokens", { room: cellar, can: "read" })
  ).json();
  const program = server.with(ada.user, token);
  expect((await search(program, "word")).hits.map(({ room }) => room as string)).toEqual([cellar]);
  expect(await refused(program, "word", { room: hall })).toBe("404 room_not_found");
  expect((await server.fetch(path("word"))).status).toBe(401);
});

test("[SRC7] `next` leads through all that is found, each once", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  for (let index = 0; index < 12; index++) await ada.post(`tea ${index}`);
  const found: string[] = [];
  let next: string | undefined;
  do {
    const page = await search(ada, "tea", { limit: "5", ...(next !== undefined && { next }) });
    found.push(...page.hits.map(({ message }) => message.text));
    next = page.next;
  } while (next !== undefined);
  expect(found).toEqual(Array.from({ length: 12 }, (_, index) => `tea ${11 - index}`));
  for (const wrong of [
    "x",
    "general",
    "general.0",
    "general.1.2",
    ".1",
    "nowhere.1",
    "general.1e3",
    "9".repeat(300),
  ])
    expect([wrong, await refused(ada, "tea", { next: wrong })]).toEqual([
      wrong,
      "400 invalid_cursor next",
    ]);
});

test("[SRC8] whatever is typed is text, and what is too long or nothing at all is told so", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const odd = [
    '" OR 1=1 --',
    "'; DROP TABLE event; --",
    "NEAR(tea, 2) AND tea* OR ^tea",
    "(a+)+$ .*.*.*x{1,99}",
    "\\u0000 %s %n ${x} {{x}} <script>",
    "*".repeat(limits.searchLength),
    Array.from({ length: 128 }, (_, index) => String.fromCharCode(0x100 + index)).join(" "),
    "﷽".repeat(250),
  ];
  for (const q of odd) {
    await ada.post(q);
    expect([q, await texts(ada, q.replaceAll(/["-]/g, " "))]).toEqual([q, [q]]);
    expect((await ada.call("GET", path(q))).status).toBe(200);
  }
  const wrong = [
    "",
    "   ",
    "-tea",
    "in:general",
    "\u0301",
    "x".repeat(limits.searchLength + 1),
    "x".repeat(16_000),
    "a\0b",
    "tea before:x",
  ];
  for (const q of wrong) expect([q, await refused(ada, q)]).toEqual([q, "400 invalid_request q"]);
  expect(await outcome(await ada.call("GET", "/v1/search"))).toBe("400 invalid_request q");
  expect(await refused(ada, "x", { limit: "0" })).toBe("400 invalid_request limit");
});

test("[SRC8] who searches too often is told when to go on", async () => {
  const server = await start({ rateLimits: "on" });
  const ada = await server.guest("Ada");
  // More than a slow machine gives time to fill up again.
  const outcomes = await Promise.all(
    Array.from({ length: limits.searchesBurst * 4 }, () => refused(ada, "tea")),
  );
  expect(new Set(outcomes)).toEqual(new Set(["200", "429 rate_limited"]));
});
