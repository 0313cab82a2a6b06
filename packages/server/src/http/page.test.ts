import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import type { TestServer } from "../testing.ts";
import { createPage, type Asset, type Page, type PageWorld } from "./page.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();

const bytes = (text: string) => new TextEncoder().encode(text);
const compressed = (text: string) => ({
  br: new Uint8Array(brotliCompressSync(text)),
  gzip: new Uint8Array(gzipSync(text)),
});
const asset = (type: string, text: string): Asset => ({
  type,
  body: bytes(text),
  encoded: compressed(text),
});

const html = `<!doctype html><title>Page</title><script src="/assets/main-1.js"></script>${"<p></p>".repeat(99)}`;
const script = `console.log("${"the same over and over ".repeat(50)}")`;
const page: Page = {
  html,
  encoded: compressed(html),
  assets: new Map([
    ["/assets/main-1.js", asset("text/javascript;charset=utf-8", script)],
    ["/assets/main-2.css", asset("text/css;charset=utf-8", "p { color: red }")],
    ["/assets/dot-3.png", { type: "image/png", body: bytes("png") }],
  ]),
};

/** The answer as it was on the wire. */
const ask = async (
  server: TestServer,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
) => {
  const response = await fetch(server.url + path, { method, headers, decompress: false });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
};

const nobody: PageWorld = {
  answer: () => Promise.reject(new Error("nobody asks")),
  onFault(fault) {
    throw fault;
  },
};
/** What somebody gets who is not signed in. */
const plain = async (of: Page) => createPage(of, nobody)(new Request("http://localhost/"), "/");

const policyOf = async (of: Page) => {
  const response = await plain(of);
  const policy = response?.headers.get("content-security-policy") ?? "";
  return new Map(
    policy.split("; ").map((part) => [part.replace(/ .*/, ""), part.replace(/^\S+ /, "")]),
  );
};

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("[PAGE1] the page is asked for anew each time, and answered with 304 while it is the same", async () => {
  const server = await start({ page });
  const { response, body } = await ask(server, "/");
  expect([response.status, body.toString()]).toEqual([200, html]);
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  const etag = response.headers.get("etag") ?? "";
  expect(etag).toMatch(/^W\/"[\w-]{43}"$/);

  for (const known of [etag, etag.slice(2), `"other", ${etag}`, "*"])
    for (const method of ["GET", "HEAD"]) {
      const again = await ask(server, "/", { "if-none-match": known }, method);
      expect([known, again.response.status, again.body.length]).toEqual([known, 304, 0]);
      // A browser may put these in the place of those that it has.
      for (const header of ["etag", "cache-control", "vary", "content-security-policy"])
        expect(again.response.headers.get(header)).toBe(response.headers.get(header));
    }
  for (const other of ['"other"', 'W/""', etag.slice(2, -1), ""]) {
    const anew = await ask(server, "/", { "if-none-match": other });
    expect([other, anew.response.status]).toEqual([other, 200]);
  }
});

test("[PAGE1] another page has another tag, and so has the same under another policy", async () => {
  const tag = async (of: Page) => (await plain(of))?.headers.get("etag");
  const tags = await Promise.all([page, { html }, { html: `${html} ` }].map(tag));
  expect(new Set(tags).size).toBe(3);
});

test("[PAGE2] an asset may be kept for ever; one that is not there is a 404 like any other", async () => {
  const server = await start({ page });
  for (const [path, { type, body: whole }] of page.assets ?? []) {
    const { response, body } = await ask(server, path);
    expect([path, response.status]).toEqual([path, 200]);
    expect(body.equals(whole)).toBe(true);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  }
  for (const path of ["/assets/main-0.js", "/assets/", "/assets", "/assets/main-1.js/"]) {
    const { response } = await ask(server, path);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect([path, await outcome(await server.fetch(path))]).toEqual([path, "404 not_found"]);
  }
  // The query is not part of the name.
  expect((await ask(server, "/assets/main-1.js?now")).response.status).toBe(200);
});

test("[PAGE3] page and assets come compressed to those who take it, and every coding has the same content", async () => {
  const server = await start({ page });
  const decode = { br: "br", gzip: "gzip", "gzip;q=0.9, br;q=0.1": "gzip" } as const;
  for (const path of ["/", "/assets/main-1.js"]) {
    const whole = path === "/" ? html : script;
    for (const [accept, coding] of Object.entries(decode)) {
      const headers = { "accept-encoding": accept };
      const { response, body } = await ask(server, path, headers);
      expect(response.headers.get("content-encoding")).toBe(coding);
      expect(body.length).toBeLessThan(whole.length / 2);
      expect(await (await server.fetch(path, { headers })).text()).toBe(whole);
    }
    for (const accept of ["identity", "br;q=0, gzip;q=0", "deflate"]) {
      const { response, body } = await ask(server, path, { "accept-encoding": accept });
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(response.headers.get("vary")).toBe("accept-encoding");
      expect(body.toString()).toBe(whole);
    }
  }
  const { response } = await ask(server, "/assets/dot-3.png", { "accept-encoding": "br" });
  expect(response.headers.get("content-encoding")).toBeNull();
});

test("[PAGE3] HEAD has the headers of GET, and no body", async () => {
  const server = await start({ page });
  for (const path of ["/", "/assets/main-1.js", "/assets/dot-3.png"])
    for (const accept of ["br", "identity"]) {
      const headers = { "accept-encoding": accept };
      const get = await ask(server, path, headers);
      const head = await ask(server, path, headers, "HEAD");
      for (const { response } of [get, head]) response.headers.delete("date");
      expect([head.response.status, head.body.length]).toEqual([200, 0]);
      expect(Object.fromEntries(head.response.headers)).toEqual(
        Object.fromEntries(get.response.headers),
      );
      expect(head.response.headers.get("content-length")).toBe(String(get.body.length));
    }
});

test("[PAGE4] [ERR3] page and assets are only read: any other method is a 405", async () => {
  const server = await start({ page });
  for (const path of ["/", "/assets/main-1.js"])
    for (const method of ["POST", "PUT", "DELETE"]) {
      const response = await server.fetch(path, { method });
      expect(response.headers.get("allow")).toBe("GET, HEAD");
      expect([path, await outcome(response)]).toEqual([path, "405 method_not_allowed"]);
    }
});

test("[PAGE5] a room's address is answered as /, whether there is such a room or not", async () => {
  const server = await start({ page });
  const plain = await ask(server, "/");
  for (const path of [
    "/r/general",
    "/r/nowhere",
    "/r/general/17",
    "/r/nowhere/0",
    "/r/%F0%9F%9A%AA?q#invite=x",
  ]) {
    const { response, body } = await ask(server, path);
    for (const { headers } of [response, plain.response]) headers.delete("date");
    expect([path, response.status, body.toString()]).toEqual([path, 200, html]);
    expect(Object.fromEntries(response.headers)).toEqual(
      Object.fromEntries(plain.response.headers),
    );
  }
  expect(await outcome(await server.fetch("/r/general", { method: "POST" }))).toBe(
    "405 method_not_allowed",
  );
  for (const path of ["/r", "/r/", "/r/a/b", "/r/a/1/2", "/r/a/", "/R/a"])
    expect([path, await outcome(await server.fetch(path))]).toEqual([path, "404 not_found"]);
});

test("[PAGE6] who is signed in gets what is rendered for them, of what they may ask for, and it is kept nowhere", async () => {
  const asked: string[] = [];
  const server = await start({
    page: {
      ...page,
      async render(path, answerOf) {
        const [me, cellar] = [await answerOf("/v1/me"), await answerOf("/v1/rooms/cellar")];
        asked.push(`${path} ${me === null ? "nobody" : JSON.parse(me).user.name} ${cellar}`);
        return me === null ? null : `${html}<p>${JSON.parse(me).user.name}`;
      },
    },
  });
  const [ada, bob] = [await server.guest("Ada"), await server.guest("Bob")];
  const cookie = (token: string) => ({ cookie: `snug_session=${token}` });
  const plain = await ask(server, "/");
  for (const [who, path] of [
    [ada, "/"],
    [bob, "/r/general"],
  ] as const) {
    const headers = { ...cookie(who.token), "accept-encoding": "gzip, br" };
    const known = { ...headers, "if-none-match": plain.response.headers.get("etag") ?? "" };
    const { response, body } = await ask(server, path, known);
    expect(response.status).toBe(200);
    expect(gunzipSync(body).toString()).toBe(`${html}<p>${who.user.name}`);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("etag")).toBeNull();
    for (const header of ["content-type", "content-security-policy", "vary"])
      expect(response.headers.get(header)).toBe(plain.response.headers.get(header));
    // A session lives on while it is used, and so does its cookie.
    expect(response.headers.get("set-cookie")).toStartWith(`snug_session=${who.token};`);
    const head = await ask(server, path, headers, "HEAD");
    expect([head.response.status, head.body.length]).toEqual([200, 0]);
    expect(head.response.headers.get("content-length")).toBe(String(body.length));
    expect((await ask(server, path, cookie(who.token))).body.toString()).toEndWith(who.user.name);
  }
  expect(new Set(asked)).toEqual(new Set(["/ Ada null", "/r/general Bob null"]));

  // Without a session, or with one that is none, the page is as it is; a token is for calls.
  asked.length = 0;
  for (const headers of [{}, cookie("none"), { authorization: ada.authorization }]) {
    const { response, body } = await ask(server, "/", headers);
    expect(body.toString()).toBe(html);
    expect(response.headers.get("etag")).toBe(plain.response.headers.get("etag"));
  }
  expect(asked).toEqual(["/ nobody null"]);
  expect((await ask(server, "/assets/main-1.js", cookie(ada.token))).body.toString()).toBe(script);
});

test("[PAGE6] what cannot be rendered is told once, and the page is as it is", async () => {
  const faults: unknown[] = [];
  const fault = new Error("a fault in a page");
  const serve = createPage(
    { ...page, render: () => Promise.reject(fault) },
    { answer: nobody.answer, onFault: (one) => faults.push(one) },
  );
  const request = new Request("http://localhost/", { headers: { cookie: "snug_session=x" } });
  const response = await serve(request, "/");
  expect([response?.status, await response?.text()]).toEqual([200, html]);
  expect(faults).toEqual([fault]);
});

test("without a page / is not known", async () => {
  const server = await start();
  expect(await outcome(await server.fetch("/"))).toBe("404 not_found");
});

test("[PAGE4] a page without assets runs its own inline script and style and nothing else", async () => {
  const inline = `<style>\np { color: red }\n</style><SCRIPT type="module">one()</SCRIPT><script>two()</script >`;
  expect(Object.fromEntries(await policyOf({ html: inline }))).toEqual({
    "default-src": "'none'",
    "script-src": `${hash("one()")} ${hash("two()")}`,
    "style-src": hash("\np { color: red }\n"),
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
  });
  expect((await policyOf({ html: "<p>Only words" })).has("script-src")).toBe(false);
});

test("[PAGE4] lines that end as on Windows hash as a browser reads them", async () => {
  const policy = await policyOf({ html: "<script>one()\r\ntwo()\rthree()\n</script>" });
  expect(policy.get("script-src")).toBe(hash("one()\ntwo()\nthree()\n"));
});

test("[PAGE4] a page loads from its own origin only the kinds of asset that it brought", async () => {
  const policy = await policyOf({ ...page, html: `${html}<script>inline()</script>` });
  expect(policy.get("script-src")).toBe(`'self' ${hash("inline()")}`);
  expect(policy.get("style-src")).toBe("'self'");
  expect(policy.get("img-src")).toBe("'self' data: blob:");
  expect(policy.has("font-src")).toBe(false);
  expect(policy.get("default-src")).toBe("'none'");
  const font = new Map([["/assets/a-1.woff2", { type: "font/woff2", body: bytes("font") }]]);
  const withFont = await policyOf({ html, assets: font });
  expect(withFont.get("font-src")).toBe("'self'");
  expect(withFont.has("script-src")).toBe(false);
});
