import { fail } from "@snug/protocol";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { problem } from "./answer.ts";
import { chooseCoding, type Coding } from "./coding.ts";
import { cookieToken } from "./credentials.ts";

const zip = promisify(gzip);

/** A body compressed beforehand: nothing is compressed while somebody waits. */
export type Encoded = Partial<Record<Coding, Uint8Array<ArrayBuffer>>>;

/** What the page loads. Its path changes with its content, so it may be kept for ever. */
export interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly encoded?: Encoded;
}

/** What is at `/` and at each room's address, and what that loads from its own origin. */
export interface Page {
  readonly html: string;
  /** The same HTML. */
  readonly encoded?: Encoded;
  /** By path, such as `/assets/main-1a2b3c4d.js`. */
  readonly assets?: ReadonlyMap<string, Asset>;
  /**
   * The HTML for somebody who is signed in, at this path of the page; `null`: as it is for
   * everybody. It has the same scripts and styles, and whatever data they are to find.
   *
   * @param ask what a GET of such a path, `/v1/me` say, answers them; `null` where that is refused
   */
  readonly render?: (
    path: string,
    ask: (path: string) => Promise<string | null>,
  ) => Promise<string | null>;
}

export interface PageWorld {
  /** Answers a GET of this path as whoever sent the request. */
  readonly answer: (path: string, request: Request) => Promise<Response>;
  readonly onFault: (fault: unknown) => void;
}

/** Answers for the page and its assets; `null` for what is neither. */
export function createPage(
  page: Page,
  world: PageWorld,
): (request: Request, path: string) => Promise<Response> | Response | null {
  const kept = new Map<string, Kept>();
  for (const [path, { type, body, encoded = {} }] of page.assets ?? []) {
    const headers = {
      "content-type": type,
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
    };
    kept.set(path, { headers, etag: null, body, encoded });
  }
  const html = keepHtml(page);
  kept.set("/", html);

  return (request, path) => {
    const found = kept.get(isRoomAddress(path) ? "/" : path);
    if (!found || request.method === "OPTIONS") return null;
    if (request.method === "GET" || request.method === "HEAD") {
      const { render } = page;
      if (found !== html || render === undefined || cookieToken(request) === null)
        return send(request, found);
      return renderFor(request, (ask) => render(path, ask), html, world);
    }
    const allow = "GET, HEAD";
    return problem(fail("method_not_allowed", `Use ${allow} here.`).error, { allow });
  };
}

/**
 * `/r/ROOM` and `/r/ROOM/SEQ`, whatever ROOM and number are: the page asks, as
 * whoever looks at it, whether there is such a room, and such a message in it.
 */
const isRoomAddress = (path: string) => /^\/r\/[^/]+(\/[0-9]{1,15})?$/.test(path);

/** For somebody who is signed in, or seems to be: what is not rendered, for whatever reason, is the page as it is. */
async function renderFor(
  request: Request,
  render: (ask: (path: string) => Promise<string | null>) => Promise<string | null>,
  page: Kept,
  { answer, onFault }: PageWorld,
): Promise<Response> {
  const headers = new Headers(page.headers);
  const html = await render(async (path) => {
    const given = await answer(path, request);
    for (const cookie of given.headers.getSetCookie()) headers.append("set-cookie", cookie);
    return given.ok ? given.text() : null;
  }).catch((fault: unknown) => {
    onFault(fault);
    return null;
  });
  if (html === null) return send(request, page);
  // What people said is in it.
  headers.set("cache-control", "no-store");
  headers.delete("etag");
  const plain = new TextEncoder().encode(html);
  const coding = chooseCoding(request.headers.get("accept-encoding"), { gzip: true });
  const bytes = coding === null ? plain : await zip(plain);
  if (coding !== null) headers.set("content-encoding", coding);
  headers.set("content-length", String(bytes.byteLength));
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}

interface Kept {
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string | null;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly encoded: Encoded;
}

function keepHtml({ html, encoded = {}, assets }: Page): Kept {
  const policy = policyOf(
    html,
    [...(assets?.values() ?? [])].map(({ type }) => type),
  );
  // Of the policy too: with a 304 a browser keeps the policy that it has.
  // Weak, since the same tag stands for every coding.
  const etag = `W/"${sha256(`${policy}\n${html}`, "base64url")}"`;
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-cache",
    vary: "accept-encoding",
    etag,
  };
  return { headers, etag, body: new TextEncoder().encode(html), encoded };
}

/**
 * Inline script and style are named by their hashes, and from its own origin
 * the page loads only the kinds of asset that it brought: whatever else finds
 * its way into it does not run.
 */
function policyOf(html: string, types: readonly string[]): string {
  const own = (kind: string) => (types.some((type) => type.startsWith(kind)) ? "'self'" : "");
  const allowed = {
    "script-src": [own("text/javascript"), ...hashesOf("script", html)],
    "style-src": [own("text/css"), ...hashesOf("style", html)],
    // Files that people post, and those that are about to be.
    "img-src": ["'self'", "data:", "blob:"],
    "media-src": ["'self'", "blob:"],
    "font-src": [own("font/")],
    "manifest-src": [own("application/manifest+json")],
    "connect-src": ["'self'"],
  };
  return [
    "default-src 'none'",
    ...Object.entries(allowed).flatMap(([directive, sources]) => {
      const list = sources.filter(Boolean).join(" ");
      return list === "" ? [] : [`${directive} ${list}`];
    }),
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

function hashesOf(tag: "script" | "style", html: string): string[] {
  // A browser hashes what it parsed, where every line ends with one character.
  const parsed = html.replaceAll(/\r\n?/g, "\n");
  return [...parsed.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>(.*?)</${tag}\\s*>`, "gis"))]
    .filter(([, inline]) => inline !== "")
    .map(([, inline = ""]) => `'sha256-${sha256(inline, "base64")}'`);
}

function send(request: Request, { headers, etag, body, encoded }: Kept): Response {
  if (etag !== null && isNamed(etag, request.headers.get("if-none-match"))) {
    return new Response(null, { status: 304, headers });
  }
  const coding = chooseCoding(request.headers.get("accept-encoding"), encoded);
  const bytes = (coding && encoded[coding]) ?? body;
  return new Response(request.method === "HEAD" ? null : bytes, {
    headers: {
      ...headers,
      "content-length": String(bytes.byteLength),
      ...(coding && { "content-encoding": coding }),
    },
  });
}

/** Whether If-None-Match names it, compared weakly (RFC 9110, section 13.1.2). */
function isNamed(etag: string, ifNoneMatch: string | null): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  const tags = ifNoneMatch?.split(",").map(opaque) ?? [];
  return tags.includes(opaque(etag)) || tags.includes("*");
}

const sha256 = (text: string, form: "base64" | "base64url") =>
  createHash("sha256").update(text).digest(form);
