// Run by Node.js in tests: a platform around the function, as far as it can be seen from inside.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";

interface Handler {
  fetch(request: Request): Promise<Response>;
}

const [, , out = ""] = process.argv;
const { handler } = readJson<{ handler: string }>("functions/snug.func/.vc-config.json");
const { routes, overrides } = readJson<Config>("config.json");
const module = (await import(join(out, "functions/snug.func", handler))) as { default: Handler };

interface Config {
  readonly routes: readonly Route[];
  readonly overrides: Readonly<Record<string, { readonly contentType: string }>>;
}

interface Route {
  readonly src?: string;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly continue?: true;
  readonly handle?: "filesystem";
}

const server = createServer((incoming, outgoing) => {
  answer(incoming, outgoing).catch(() => outgoing.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`http://127.0.0.1:${address.port}`);
});

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = "GET", headers } = incoming;
  const url = new URL(incoming.url ?? "/", `http://${headers.host}`);
  for (const { src = "", status, headers = {}, handle, ...route } of routes) {
    if (handle) {
      const file = fileAt(url.pathname);
      const type = overrides[url.pathname.slice(1)]?.contentType;
      if (file && type) return void outgoing.setHeader("content-type", type).end(file);
    } else if (!new RegExp(`^${src}$`).test(url.pathname)) continue;
    if (status) return void outgoing.writeHead(status).end();
    outgoing.setHeaders(new Headers(headers));
    if (!route.continue && !handle) break;
  }
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const hasBody = method !== "GET" && method !== "HEAD";
  const response = await module.default.fetch(
    new Request(url, {
      method,
      signal: gone.signal,
      headers: new Headers(
        Object.entries(headers).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
      ),
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" }),
    } as object),
  );
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  outgoing.flushHeaders();
  // Read to its end, whether or not anybody is there for it.
  for await (const chunk of response.body ?? []) {
    if (outgoing.closed || outgoing.write(chunk)) continue;
    await new Promise((resolve) => outgoing.once("drain", resolve).once("close", resolve));
  }
  if (outgoing.closed) console.log(`read to its end for nobody: ${incoming.url}`);
  outgoing.end();
}

function fileAt(path: string): Buffer | null {
  try {
    return readFileSync(join(out, "static", path));
  } catch {
    return null;
  }
}

function readJson<Of>(file: string): Of {
  return JSON.parse(readFileSync(join(out, file), "utf8")) as Of;
}
