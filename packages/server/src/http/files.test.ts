import { expect, test } from "bun:test";
import { answers, limits, type Message } from "@snug/protocol";
import { existsSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { systemClock } from "../clock.ts";
import { cheapPasswords, type TestGuest, type TestServer } from "../testing.ts";
import { outcome, strictly, testServers } from "./testing.ts";

const { start, stop } = testServers();

const HTML = "<!doctype html><script>alert(1)</script>";

interface Sending {
  readonly room?: string;
  readonly name?: string;
  readonly type?: string;
}

const uploading = (
  server: TestServer,
  { authorization }: TestGuest,
  body: BodyInit | null,
  { room = "general", name = "a.txt", type = "application/octet-stream" }: Sending = {},
) =>
  server.fetch(`/v1/rooms/${room}/files?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { authorization, "content-type": type },
    body,
  });

async function upload(...sent: Parameters<typeof uploading>) {
  const response = await uploading(...sent);
  expect(response.status).toBe(201);
  return strictly(answers.File, await response.json()).file;
}

const posting = (
  who: TestGuest,
  files: readonly string[],
  { text = "", room = "general", clientId = crypto.randomUUID() as string } = {},
) => who.call("POST", `/v1/rooms/${room}/messages`, { clientId, text, files });

async function post(...sent: Parameters<typeof posting>): Promise<Message> {
  const response = await posting(...sent);
  expect([200, 201]).toContain(response.status);
  return strictly(answers.Message, await response.json()).message;
}

const filesIn = ({ folder }: { folder: string }) => {
  const path = join(folder, "files");
  return existsSync(path) ? readdirSync(path).toSorted() : [];
};

async function within2s(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + 2_000; Date.now() < end; await Bun.sleep(10))
    if (await holds()) return true;
  return holds();
}

/** A body that comes in pieces, without a length said before. */
const pieces = (
  count: number,
  size: number,
  then: (control: ReadableStreamDefaultController) => void = (one) => one.close(),
) => {
  let left = count;
  return new ReadableStream({
    pull(control) {
      if (left-- > 0) control.enqueue(new Uint8Array(size).fill(65));
      else then(control);
    },
  });
};

const picture = (width = 8, height = 4) => Uint8Array.from(rawPng(width, height));

test("[FIL1] [HTTP7] bytes that were sent raw come back as they were, also after a restart", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const bytes = crypto.getRandomValues(new Uint8Array(300_000));
  const file = await upload(server, ada, bytes, { name: "data.bin" });
  expect(file).toMatchObject({ name: "data.bin", type: "application/octet-stream", size: 300_000 });
  const chunked = await upload(server, ada, pieces(5, 70_000), { type: "text/html" });
  expect(chunked).toMatchObject({ type: "text/plain", size: 350_000 });
  const { folder } = server;
  await stop(server);
  const again = await start({ folder });
  const response = await again.fetch(`/v1/files/${file.id}`, {
    headers: { authorization: ada.authorization },
  });
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
});

test("[FIL1] [FIL9] what breaks off or is refused leaves no byte, and a crash's leavings go at the start", async () => {
  const server = await start({ fileLimits: { fileBytes: 100_000 } });
  const ada = await server.guest("Ada");
  const abort = new AbortController();
  const broken = server
    .fetch("/v1/rooms/general/files", {
      method: "POST",
      headers: { authorization: ada.authorization },
      body: pieces(2, 10_000, () => {}),
      signal: abort.signal,
    })
    .catch(() => null);
  expect(await within2s(() => filesIn(server).length > 0)).toBe(true);
  abort.abort();
  await broken;
  expect(await within2s(() => filesIn(server).length === 0)).toBe(true);
  expect(await outcome(await uploading(server, ada, pieces(11, 10_000)))).toBe("413 too_large");
  expect(await outcome(await uploading(server, ada, ""))).toBe("400 invalid_request");
  expect(await within2s(() => filesIn(server).length === 0)).toBe(true);

  const { store } = server.engine;
  const begun = {
    id: "left" as never,
    room: "general" as never,
    by: ada.user.id as never,
    at: 1,
    size: 1,
  };
  await store.beginFile(begun, { perUser: 9, inAll: 9, atOnce: 1 });
  const { folder } = server;
  await stop(server);
  mkdirSync(join(folder, "files"), { recursive: true });
  for (const name of ["left", "left.part"]) writeFileSync(join(folder, "files", name), "x");
  const again = await start({ folder });
  expect(await within2s(() => filesIn(again).length === 0)).toBe(true);
  const left = again.engine.store;
  expect(await within2s(async () => (await left.lostFiles()).length === 0)).toBe(true);
});

test("[LIM10] a file of exactly the size that was chosen is taken, one byte more is not, said before or not", async () => {
  const server = await start({ fileLimits: { fileBytes: 1_000, fileBytesPerUser: 2_500 } });
  const ada = await server.guest("Ada");
  expect((await (await server.fetch("/v1/limits")).json()).fileBytes).toBe(1_000);
  await upload(server, ada, new Uint8Array(1_000));
  await upload(server, ada, pieces(10, 100));
  expect(await outcome(await uploading(server, ada, new Uint8Array(1_001)))).toBe("413 too_large");
  expect(await outcome(await uploading(server, ada, pieces(1, 1_001)))).toBe("403 forbidden");
  expect(await outcome(await uploading(server, ada, new Uint8Array(501)))).toBe("403 forbidden");
  const bob = await server.guest("Bob");
  expect(await outcome(await uploading(server, bob, pieces(1, 1_001)))).toBe("413 too_large");
});

test("[FIL3] the type is told by the content, and the name is made safe", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const png = picture();
  const types: [string | Uint8Array<ArrayBuffer>, string][] = [
    [png, "image/png"],
    [HTML, "text/plain"],
    ["<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"],
    ["%PDF-1.7", "application/pdf"],
    [`ID3${"x".repeat(20)}`, "audio/mpeg"],
    [`\0\0\0\x18ftypmp42${"\0".repeat(20)}`, "video/mp4"],
    [new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), "application/zip"],
    [new Uint8Array([1, 2, 0, 255]), "application/octet-stream"],
    ["Grüße, 世界", "text/plain"],
  ];
  for (const [body, type] of types)
    expect(await upload(server, ada, body, { name: "x.png", type: "image/png" })).toMatchObject({
      name: "x.png",
      type,
    });
  const names: [string, string][] = [
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\ada\\photo.png", "photo.png"],
    ["..", "file"],
    ["", "file"],
    [".htaccess", "htaccess"],
    ["a\0b\r\n\tc.txt", "abc.txt"],
    ["photo\u202Egnp.exe", "photognp.exe"],
    ["  写真 🏖️.jpg ", "写真 🏖️.jpg"],
    [`${"x".repeat(300)}.tar`, `${"x".repeat(limits.fileNameLength - 4)}.tar`],
    ["Ko\u0308ln.txt", "Köln.txt"],
  ];
  for (const [sent, name] of names)
    expect([sent, (await upload(server, ada, "x", { name: sent })).name]).toEqual([sent, name]);
});

test("[FIL4] a picture comes with its size, a likeness and a preview; what cannot be shown is any file", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const large = await upload(server, ada, picture(1_200, 600));
  expect(large).toMatchObject({ type: "image/png", width: 1_200, height: 600 });
  expect(large.placeholder).toStartWith("data:image/png;base64,");
  const preview = await ada.call("GET", `/v1/files/${large.id}?preview`);
  expect(preview.headers.get("content-type")).toBe("image/webp");
  const small = await new Bun.Image(await preview.bytes()).metadata();
  expect(small).toMatchObject({ width: limits.previewSide, height: limits.previewSide / 2 });
  const bomb = Buffer.from(picture());
  bomb.writeUInt32BE(60_000, 16);
  bomb.writeUInt32BE(60_000, 20);
  const cut = (await new Bun.Image(picture(64, 64)).jpeg().bytes()).slice(0, 60);
  for (const broken of [bomb, cut, "GIF89a and no more", "\x89PNG\r\n\x1a\n"]) {
    const file = await upload(server, ada, Uint8Array.from(Buffer.from(broken as never, "latin1")));
    expect([file.type, file.width]).toEqual(["application/octet-stream", undefined]);
  }
});

test("[MSG10] [ORD9] a message brings files, with or without a text, over every door, until it is deleted", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const socket = await bob.socket();
  await socket.ask({ type: "open-room", room: "general" });
  const { url, ...file } = await upload(server, ada, picture());
  expect(url).toStartWith(`/v1/files/${file.id}?`);
  const message = await post(ada, [file.id], { clientId: "c" });
  expect([message.text, message.files]).toEqual(["", [file]]);
  const [event] = await socket.events(1);
  expect([event?.["text"], event?.["files"]]).toEqual(["", [file]]);
  expect((await bob.get("/v1/rooms/general/messages")).messages.at(-1)).toEqual(message);
  expect((await posting(ada, [file.id], { clientId: "c" })).status).toBe(200);
  const other = await upload(server, ada, "x");
  const more = { room: "general", clientId: "d", text: "two", files: [other.id] };
  const adas = await ada.socket();
  expect(await adas.ask({ type: "post-message", ...more })).toMatchObject({ ok: true });
  expect((await socket.events(1))[0]?.["files"]).toHaveLength(1);

  const refusals: [unknown, string, string][] = [
    [[file.id], "x", "404 file_not_found files"],
    [["nothing"], "x", "404 file_not_found files"],
    [["../../etc/passwd", "\0"], "x", "404 file_not_found files"],
    [[file.id, file.id], "x", "400 invalid_request files"],
    [
      Array.from({ length: limits.filesPerMessage + 1 }, (_, id) => `${id}`),
      "x",
      "400 invalid_request files",
    ],
    ["a", "x", "400 invalid_request files"],
    [[1], "x", "400 invalid_request files.0"],
    [[], "", "400 invalid_request text"],
    [[other.id], "\u200B", "400 invalid_request text"],
  ];
  for (const [files, text, expected] of refusals)
    expect([files, await outcome(await posting(ada, files as string[], { text }))]).toEqual([
      files,
      expected,
    ]);
  const edit = (seq: number, text: string) =>
    ada.call("PATCH", `/v1/rooms/general/messages/${seq}`, { text });
  for (const text of ["a caption", ""])
    expect((await (await edit(message.seq, text)).json()).message).toMatchObject({
      text,
      files: [file],
    });
  const { seq } = (await (await ada.post("words")).json()).message;
  expect(await outcome(await edit(seq, ""))).toBe("400 invalid_request text");
  const theirs = await upload(server, bob, "x");
  expect(await outcome(await posting(ada, [theirs.id], { text: "x" }))).toBe(
    "404 file_not_found files",
  );
  expect((await ada.call("DELETE", `/v1/rooms/general/messages/${message.seq}`)).status).toBe(204);
  expect((await bob.get(`/v1/rooms/general/messages/${message.seq}`)).message.files).toEqual([]);
  expect(await outcome(await bob.call("GET", `/v1/files/${file.id}`))).toBe("404 file_not_found");
});

test("[FIL5] [ACC2] a file is for those who may read the room that holds it now, asked each time", async () => {
  const server = await start({ passwords: cheapPasswords, adminClaim: null });
  const admin = await server.account("admin");
  const [ada, bob, eve] = [
    await server.guest("Ada"),
    await server.guest("Bob"),
    await server.guest("Eve"),
  ];
  const room = await ada.room("private", { name: "den" });
  const other = await bob.room("private", { name: "other" });
  const member = `/v1/rooms/${room}/members/${bob.user.id}`;
  await ada.call("PUT", member, { role: "reader" });
  const { id } = await upload(server, ada, "x", { room });
  const see = async (who: TestGuest) => (await who.call("GET", `/v1/files/${id}`)).status;
  const all = async () => [await see(ada), await see(bob), await see(eve), await see(admin)];
  expect(await all()).toEqual([200, 404, 404, 404]);
  expect(await outcome(await posting(ada, [id], { room: "general" }))).toBe(
    "404 file_not_found files",
  );
  await post(ada, [id], { room });
  expect(await all()).toEqual([200, 200, 404, 404]);
  expect(await outcome(await uploading(server, bob, "x", { room }))).toBe("403 forbidden");
  expect(await outcome(await uploading(server, eve, "x", { room }))).toBe("404 room_not_found");
  const tokenFor = async (of: string) =>
    server.with(
      ada.user,
      (await (await ada.call("POST", "/v1/tokens", { room: of, can: "read" })).json()).token,
    );
  expect([await see(await tokenFor(room)), await see(await tokenFor("general"))]).toEqual([
    200, 404,
  ]);
  await ada.call("DELETE", member);
  expect(await all()).toEqual([200, 404, 404, 404]);
  expect(await outcome(await bob.call("GET", `/v1/files/${id}/link`))).toBe("404 file_not_found");
  expect(await outcome(await bob.call("DELETE", `/v1/files/${id}`))).toBe("404 file_not_found");
  for (const none of ["nothing", "..%2F..%2Fsnug.db", "%00", "x".repeat(500), `${id}.preview`])
    expect(await outcome(await ada.call("GET", `/v1/files/${none}`))).toBe("404 file_not_found");
  const answer = async (path: string) => (await bob.call("GET", path)).text();
  expect(await answer(`/v1/files/${id}`)).toBe(await answer("/v1/files/nothing"));
  await ada.call("PATCH", `/v1/rooms/${room}`, { archived: true });
  expect(await all()).toEqual([200, 404, 404, 404]);
  expect((await server.fetch(`/v1/files/${id}`)).status).toBe(401);
  expect(other).not.toBe(room);
});

test("[FIL6] [ACC3] a signed address opens one file, for one session, while that lives and may see it", async () => {
  let now = 0;
  const server = await start({ clock: { ...systemClock, now: () => Date.now() + now } });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const file = await upload(server, ada, "mine");
  const other = await upload(server, ada, "other");
  expect(await (await server.fetch(file.url)).text()).toBe("mine");
  expect((await server.fetch(`${file.url}&preview`)).status).toBe(200);
  expect((await server.fetch(file.url.replace(file.id, other.id))).status).toBe(401);
  const forged = new URL(file.url, server.url);
  for (const [name, value] of [
    ["proof", "AAAA"],
    ["proof", "%"],
    ["proof", ""],
    ["until", "9999999999999"],
    ["for", other.id],
  ] as const) {
    const bad = new URL(forged);
    bad.searchParams.set(name, value);
    const refused = await fetch(bad);
    expect([name, value, refused.status]).toEqual([name, value, 401]);
    expect(strictly(answers.Problem, await refused.json()).detail).toContain("/link");
  }
  const signed = async (who: TestGuest) =>
    strictly(answers.FileLink, await who.get(`/v1/files/${file.id}/link`));
  const message = await post(ada, [file.id]);
  const link = await signed(bob);
  expect(link).toEqual(await signed(bob));
  expect((await server.fetch(link.url)).status).toBe(200);
  now = limits.fileLinkMs / 2 - 1_000;
  expect((await server.fetch(link.url)).status).toBe(200);
  now = limits.fileLinkMs + 1_000;
  expect((await server.fetch(link.url)).status).toBe(401);
  const [next, adas] = [await signed(bob), await signed(ada)];
  await bob.call("DELETE", "/v1/sessions/current");
  expect((await server.fetch(next.url)).status).toBe(401);
  expect((await server.fetch(adas.url)).status).toBe(200);
  await ada.call("DELETE", `/v1/rooms/general/messages/${message.seq}`);
  expect((await server.fetch(adas.url)).status).toBe(404);
});

test("[FIL7] a range of bytes is answered with 206, and an unchanged file with 304", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const { id } = await upload(server, ada, "0123456789");
  const get = async (headers: Record<string, string>) => {
    const response = await server.fetch(`/v1/files/${id}`, {
      headers: { authorization: ada.authorization, ...headers },
    });
    const range = response.headers.get("content-range");
    return [response.status, ...(range ? [range] : []), response.ok ? await response.text() : ""];
  };
  const range = (value: string, more = {}) => get({ range: value, ...more });
  expect(await get({})).toEqual([200, "0123456789"]);
  expect(await range("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(await range("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await range("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await range("bytes=-99")).toEqual([206, "bytes 0-9/10", "0123456789"]);
  expect(await range("bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
  for (const all of ["bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b"])
    expect([all, await range(all)]).toEqual([all, [200, "0123456789"]]);
  for (const none of ["bytes=10-", "bytes=99-100", "bytes=-0", `bytes=${"9".repeat(40)}-`])
    expect([none, await range(none)]).toEqual([none, [416, "bytes */10", ""]]);
  const etag = (await ada.call("GET", `/v1/files/${id}`)).headers.get("etag") ?? "";
  expect(await range("bytes=1-1", { "if-range": etag })).toEqual([206, "bytes 1-1/10", "1"]);
  expect(await range("bytes=1-1", { "if-range": '"other"' })).toEqual([200, "0123456789"]);
  expect(await get({ "if-none-match": etag })).toEqual([304, ""]);
});

test("[FIL8] nothing that was uploaded runs: what a browser could run is saved only", async () => {
  const server = await start();
  const ada = await server.guest("Ada");
  const headersOf = async (body: string | Uint8Array<ArrayBuffer>, name: string) => {
    const { id } = await upload(server, ada, body, { name, type: "text/html" });
    const { headers } = await ada.call("GET", `/v1/files/${id}`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    return [headers.get("content-type"), headers.get("content-disposition")?.split(";")[0]];
  };
  const plain = ["text/plain; charset=utf-8", "attachment"];
  expect(await headersOf(HTML, "x.html")).toEqual(plain);
  expect(await headersOf("<svg xmlns='http://www.w3.org/2000/svg'/>", "x.svg")).toEqual(plain);
  expect(await headersOf("<?xml version='1.0'?><html/>", "x.xhtml")).toEqual(plain);
  expect(await headersOf("%PDF-1.7", "x.pdf")).toEqual(["application/pdf", "attachment"]);
  expect(await headersOf(picture(), "x.html")).toEqual(["image/png", "inline"]);
  expect(await headersOf("MZ\0\0", "x.mp4")).toEqual(["application/octet-stream", "attachment"]);
  const { id } = await upload(server, ada, "x", { name: 'a"b\\c%’写\n.txt' });
  expect((await ada.call("GET", `/v1/files/${id}`)).headers.get("content-disposition")).toBe(
    "attachment; filename=\"c___.txt\"; filename*=UTF-8''c%25%E2%80%99%E5%86%99.txt",
  );
});

test("[FIL9] [EPH5] bytes go right after their message, history, room or uploader, and what one takes back", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const png = picture(limits.previewSide + 10, 20);
  const send = async (who: TestGuest, room: string) => {
    const { id } = await upload(server, who, png, { room });
    const { seq } = await post(who, [id], { room });
    expect(filesIn(server)).toEqual([id, `${id}.preview`]);
    return seq;
  };
  const areGone = () => within2s(() => filesIn(server).length === 0);
  const room = await ada.room("private", { name: "den" });
  const seq = await send(ada, room);
  await ada.call("DELETE", `/v1/rooms/${room}/messages/${seq}`);
  expect(await areGone()).toBe(true);
  await send(ada, room);
  await ada.call("DELETE", `/v1/rooms/${room}/messages`);
  expect(await areGone()).toBe(true);
  const brief = await ada.room("ephemeral");
  await send(ada, brief);
  await ada.call("DELETE", `/v1/rooms/${brief}`);
  expect(await areGone()).toBe(true);
  const { id } = await upload(server, ada, png);
  const { token } = await (await ada.call("POST", "/v1/tokens", { can: "read" })).json();
  const reads = server.with(ada.user, token);
  expect(await outcome(await reads.call("DELETE", `/v1/files/${id}`))).toBe("403 forbidden");
  expect((await ada.call("DELETE", `/v1/files/${id}`)).status).toBe(204);
  expect(await areGone()).toBe(true);
  const kept = await send(bob, "general");
  await bob.call("DELETE", "/v1/me");
  expect(await areGone()).toBe(true);
  expect((await ada.get(`/v1/rooms/general/messages/${kept}`)).message.files).toEqual([]);
  const { store } = server.engine;
  expect(await within2s(async () => (await store.lostFiles()).length === 0)).toBe(true);
});

/** An unpacked picture of noise, so that it does not become small by being packed. */
function rawPng(width: number, height: number): Uint8Array {
  const row = width * 3 + 1;
  const pixels = Buffer.alloc(row * height);
  let noise = 1;
  for (let at = 0; at < pixels.length; at++) {
    noise = (noise * 48_271) % 0x7fff_ffff;
    pixels[at] = at % row === 0 ? 0 : noise & 0xff;
  }
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(Bun.hash.crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", new Uint8Array()),
  ]);
}

test("[SRC1] [SRC6] a message is found by the names of its files, as long as they are there", async () => {
  const server = await start();
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const named = async (name: string) => (await upload(server, ada, "x", { name })).id;
  const found = async (q: string) =>
    strictly(answers.Search, await bob.get(`/v1/search?${new URLSearchParams({ q })}`)).hits;
  const plan = await post(ada, [await named("Plan für Zürich.pdf"), await named("b.txt")]);
  const bill = await post(ada, [await named("bill-2026.pdf")], { text: "the bill" });
  expect((await found("zurich")).map(({ message, highlight }) => [message.seq, highlight])).toEqual(
    [[plan.seq, ["Plan für ", "Zürich", ".pdf\nb.txt"]]],
  );
  expect((await found("bill pdf")).map(({ highlight }) => highlight)).toEqual([
    ["the ", "bill", "\n", "bill", "-2026.", "pdf", ""],
  ]);
  expect((await found("from:ada -pdf")).map(({ message }) => message.seq)).toEqual([]);
  await ada.call("PATCH", `/v1/rooms/general/messages/${bill.seq}`, { text: "it" });
  expect(await found("2026")).toHaveLength(1);
  await ada.call("DELETE", `/v1/rooms/general/messages/${plan.seq}`);
  expect(await found("zurich")).toEqual([]);
  await ada.call("DELETE", "/v1/me");
  expect([await found("2026"), (await found("it")).length]).toEqual([[], 1]);
});
