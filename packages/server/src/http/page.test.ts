import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { TestServer } from "../testing.ts";
import { createPage, type Asset, type Page } from "./page.ts";
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

const policyOf = (of: Page) => {
  const response = createPage(of)(new Request("http://localhost/"), "/");
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

test("[PAGE1] another page has another tag, and so has the same under another policy", () => {
  const tag = (of: Page) => createPage(of)(new Request("http://x/"), "/")?.headers.get("etag");
  const tags = [page, { html }, { html: `${html} ` }].map(tag);
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

test("without a page / is not known", async () => {
  const server = await start();
  expect(await outcome(await server.fetch("/"))).toBe("404 not_found");
});

test("[PAGE4] a page without assets runs its own inline script and style and nothing else", () => {
  const inline = `<style>\np { color: red }\n</style><SCRIPT type="module">one()</SCRIPT><script>two()</script >`;
  expect(Object.fromEntries(policyOf({ html: inline }))).toEqual({
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
  expect(policyOf({ html: "<p>Only words" }).has("script-src")).toBe(false);
});

test("[PAGE4] lines that end as on Windows hash as a browser reads them", () => {
  const policy = policyOf({ html: "<script>one()\r\ntwo()\rthree()\n</script>" });
  expect(policy.get("script-src")).toBe(hash("one()\ntwo()\nthree()\n"));
});

test("[PAGE4] a page loads from its own origin only the kinds of asset that it brought", () => {
  const policy = policyOf({ ...page, html: `${html}<script>inline()</script>` });
  expect(policy.get("script-src")).toBe(`'self' ${hash("inline()")}`);
  expect(policy.get("style-src")).toBe("'self'");
  expect(policy.get("img-src")).toBe("'self' data: blob:");
  expect(policy.has("font-src")).toBe(false);
  expect(policy.get("default-src")).toBe("'none'");
  const font = new Map([["/assets/a-1.woff2", { type: "font/woff2", body: bytes("font") }]]);
  const withFont = policyOf({ html, assets: font });
  expect(withFont.get("font-src")).toBe("'self'");
  expect(withFont.has("script-src")).toBe(false);
});
