import { afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  cheapPasswords,
  PASSWORD,
  startTestServer,
  type TestGuest,
  type TestServer,
} from "@snug/server/testing";
import type { Page as SnugPage } from "@snug/server";
import type { Browser, BrowserContext } from "playwright-core";
import { sharedChromium } from "@snug/client/testing/shared-chromium";

// A hostile page in the browser of somebody who is signed in: on another port
// of the same host, which is the same site and gets the cookie, on another host,
// and in a sandbox without an origin. It changes nothing and reads nothing.

setDefaultTimeout(60_000);
let browser: Browser;
let undo: (() => unknown)[] = [];
beforeAll(async () => void (browser = await sharedChromium()));
afterEach(async () => {
  for (const act of undo.toReversed()) await act();
  undo = [];
});

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: object;
}

/** A victim with all there is to lose, whose browser has the cookie. */
async function stage(page?: SnugPage) {
  const options = { passwords: cheapPasswords, adminClaim: null };
  const server = await startTestServer({ ...options, ...(page && { page }) });
  undo.push(() => server.close());
  const victim = await server.account("victim");
  const bob = await server.account("bob");
  const room = await victim.room("public", { name: "Hall" });
  await victim.call("PUT", `/v1/rooms/${room}/members/${bob.user.id}`, {});
  await victim.post("a secret", undefined, room);
  const made = async (path: string) =>
    ((await (await victim.call("POST", path, {})).json()) as { id: string }).id;
  const names = {
    room,
    user: bob.user.id,
    invite: await made(`/v1/rooms/${room}/invites`),
    token: await made("/v1/tokens"),
    session: "current",
    seq: "3",
  };
  const context = await browser.newContext();
  undo.push(() => context.close());
  const signedIn = await context.request.post(`${server.url}/v1/sessions`, {
    data: { username: "victim", password: PASSWORD },
  });
  expect(signedIn.status()).toBe(201);
  return { server, victim, bob, room, context, calls: await callsOf(server, names) };
}

/** What would be a good body, where one is needed. */
const bodies: Record<string, object> = {
  "POST /v1/guests": { name: "Mal" },
  "POST /v1/accounts": { username: "mal", password: PASSWORD },
  "POST /v1/sessions": { username: "bob", password: PASSWORD },
  "PATCH /v1/me": { name: "Mal" },
  "POST /v1/rooms": { kind: "private" },
  "PATCH /v1/rooms/{room}": { topic: "Mal was here" },
  "PATCH /v1/rooms/{room}/members/{user}": { role: "owner" },
  "POST /v1/rooms/{room}/messages": { clientId: "mal", text: "I am a fool" },
};

/** Every call that is served, with what is there in its address. */
async function callsOf(server: TestServer, names: Record<string, string>): Promise<Call[]> {
  const { paths } = (await (await server.fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((name) => {
      const method = name.toUpperCase();
      const address = path.replaceAll(/\{(\w+)\}/g, (_, each: string) => names[each] ?? "none");
      return { method, path: address, body: bodies[`${method} ${path}`] ?? {} };
    }),
  );
}

/** All that the victim has and sees. */
async function stateOf(victim: TestGuest, bob: TestGuest, room: string) {
  const paths = [
    "/v1/me",
    "/v1/sessions",
    "/v1/tokens",
    "/v1/rooms",
    "/v1/users",
    ...["general", room].flatMap((id) => [`/v1/rooms/${id}/events`, `/v1/rooms/${id}/members`]),
    ...["invites", "bans"].map((rest) => `/v1/rooms/${room}/${rest}`),
  ];
  return Promise.all([...paths.map(victim.get), bob.get("/v1/me"), bob.get("/v1/sessions")]);
}

/** A server of somebody else; its page may do as it likes. */
function hostileServer() {
  const page = "<!doctype html><title>Win a prize</title><body>";
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      new Response(
        url.endsWith("/sandbox")
          ? '<!doctype html><iframe name="box" sandbox="allow-scripts allow-forms" src="/"></iframe>'
          : page,
        { headers: { "content-type": "text/html" } },
      ),
  });
  undo.push(() => server.stop(true));
  return server.port;
}

/** Runs in the hostile page: everything that a page can send, and what of it the page could read. */
async function attack({ target, calls }: { target: string; calls: Call[] }): Promise<string[]> {
  const readable: string[] = [];
  const note = (how: string, text: unknown) => readable.push(`${how}: ${String(text)}`);
  const bounded = (wait: Promise<unknown>) =>
    Promise.race([wait, new Promise((resolve) => setTimeout(resolve, 3_000))]);

  const tryFetch = async (how: string, path: string, init: RequestInit) => {
    try {
      const response = await fetch(target + path, { ...init, credentials: "include" });
      if (response.type !== "opaque") note(how, await response.text());
    } catch {
      // The browser keeps it from the page.
    }
  };
  const submit = (path: string, enctype: string, body: object) => {
    const frame = document.createElement("iframe");
    frame.name = `frame${Math.random()}`;
    const form = document.createElement("form");
    Object.assign(form, { action: target + path, method: "POST", enctype, target: frame.name });
    // As text/plain this is JSON with one odd field.
    const field = document.createElement("input");
    field.name = `${JSON.stringify(body).slice(0, -1)}${JSON.stringify(body) === "{}" ? "" : ","}"x":"`;
    field.value = '"}';
    form.append(field);
    document.body.append(frame, form);
    const loaded = new Promise((resolve) => {
      frame.addEventListener("load", resolve);
    });
    form.submit();
    return bounded(loaded).then(() => {
      try {
        const text = frame.contentDocument?.body.textContent ?? "";
        if (text.includes("{")) note("frame", text);
      } catch {
        // Another origin's.
      }
      frame.remove();
      form.remove();
    });
  };

  const types = ["application/json", "text/plain", "application/x-www-form-urlencoded"];
  const tryAll = async ({ method, path, body }: Call) => {
    const json = JSON.stringify(body);
    if (method === "GET") {
      await tryFetch(`fetch ${path}`, path, {});
      await tryFetch(`no-cors ${path}`, path, { mode: "no-cors" });
      return;
    }
    for (const type of types) {
      const headers = { "content-type": type };
      await tryFetch(`${method} ${path} as ${type}`, path, { method, headers, body: json });
    }
    await tryFetch(`${method} ${path} bare`, path, { method });
    const simple = { method: "POST", headers: { "content-type": "text/plain" }, body: json };
    await tryFetch(`${method} ${path} overridden`, `${path}?_method=${method}`, simple);
    await tryFetch(`no-cors ${method} ${path}`, path, { ...simple, mode: "no-cors" });
    navigator.sendBeacon(target + path, json);
    // A form knows no other method; what a POST does where none is served was asked above.
    if (method !== "POST") return;
    for (const enctype of ["text/plain", "multipart/form-data"]) await submit(path, enctype, body);
  };
  await Promise.all(calls.map(tryAll));

  const { path: stream = "" } = calls.find(({ path }) => path.endsWith("/events")) ?? {};
  const source = new EventSource(target + stream, { withCredentials: true });
  await bounded(
    new Promise((resolve) => {
      source.addEventListener("open", () => note("EventSource", "open"));
      source.addEventListener("message", ({ data }) => note("EventSource", data));
      source.addEventListener("error", resolve);
    }),
  );
  source.close();

  const { path: posts = "" } = calls.find(({ path }) => path.endsWith("/messages")) ?? {};
  const room = posts.split("/")[3];
  const socket = new WebSocket(`${target.replace("http", "ws")}/v1/socket`);
  await bounded(
    new Promise<void>((resolve) => {
      socket.addEventListener("open", () => {
        socket.send(
          JSON.stringify({ type: "post-message", ref: 1, room, clientId: "w", text: "w" }),
        );
        socket.send(JSON.stringify({ type: "open-room", ref: 2, room }));
      });
      socket.addEventListener("message", ({ data }) => {
        const frame = JSON.parse(String(data)) as { type: string; ref: number; ok: boolean };
        if (frame.type !== "reply" || frame.ok) note("WebSocket", data);
        else note("socket, refused", data);
        if (frame.ref === 2) resolve();
      });
      socket.addEventListener("close", () => resolve());
    }),
  );
  socket.close();

  const element = (name: string, set: object) =>
    bounded(
      new Promise<void>((resolve) => {
        const made = Object.assign(document.createElement(name), set);
        made.addEventListener("load", () => {
          if (name === "script") note(name, "ran");
          resolve();
        });
        made.addEventListener("error", () => resolve());
        document.body.append(made);
      }),
    );
  await element("script", { src: `${target}/v1/me` });
  await element("img", { src: `${target}/v1/me` });
  await element("link", { rel: "stylesheet", href: `${target}/v1/me` });
  return readable;
}

/** What anybody may read, with or without a cookie. */
const open = ["/v1/limits", "/v1/doors", "/healthz", "/readyz", "/openapi.json"];

const sites: [name: string, host: string, path: string][] = [
  ["another port of the same host", "127.0.0.1", "/"],
  ["another host", "localhost", "/"],
  ["a sandbox without an origin", "localhost", "/sandbox"],
];

test.each(sites)(
  "[AUTH4] [AUTH5] [WS1] from %s a page changes nothing and reads nothing",
  async (_, host, path) => {
    const { server, victim, bob, room, context, calls } = await stage();
    const before = await stateOf(victim, bob, room);
    const answers = watch(context, server.url);
    const page = await context.newPage();
    await page.goto(`http://${host}:${hostileServer()}${path}`);
    const frame = page.frame("box") ?? page.mainFrame();
    const readable = await frame.evaluate(attack, { target: server.url, calls });
    // Where the browser lets an answer through, it is one that says nothing.
    const told = readable.filter((text) => !open.some((each) => text.includes(` ${each}`)));
    const refusal = expect.stringMatching(/^socket, refused: .*"unauthorized"/);
    expect(told).toEqual([refusal, refusal]);
    expect(await stateOf(victim, bob, room)).toEqual(before);

    // They came, and were refused: else this would prove nothing.
    const unsafe = answers.filter(({ method }) => method !== "GET" && method !== "OPTIONS");
    expect(unsafe.length).toBeGreaterThan(80);
    const refused = [401, 403, 404, 405, 415];
    expect(unsafe.filter(({ status }) => !refused.includes(status))).toEqual([]);
    expect(await isSignedIn(context, server.url)).toBe(true);
  },
);

/** Every answer of the server to this browser. */
function watch(context: BrowserContext, url: string) {
  const answers: { method: string; url: string; status: number }[] = [];
  context.on("response", (response) => {
    if (!response.url().startsWith(url)) return;
    answers.push({
      method: response.request().method(),
      url: response.url().slice(url.length),
      status: response.status(),
    });
  });
  return answers;
}

async function isSignedIn(context: BrowserContext, url: string): Promise<boolean> {
  return (await context.request.get(`${url}/v1/me`)).ok();
}

test("[AUTH4] [WS1] our own page does with the cookie what others cannot", async () => {
  const { server, context, room } = await stage({ html: "<!doctype html><title>Ours</title>" });
  const page = await context.newPage();
  await page.goto(server.url);
  const done = await page.evaluate(async (id) => {
    const response = await fetch(`/v1/rooms/${id}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ clientId: "own", text: "from our own page" }),
    });
    const socket = new WebSocket("/v1/socket");
    const first = await new Promise<string>((resolve) => {
      socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
      socket.addEventListener("close", ({ code }) => resolve(`{"type":"closed ${code}"}`));
    });
    socket.close();
    return [response.status, (JSON.parse(first) as { type: string }).type];
  }, room);
  expect(done).toEqual([201, "welcome"]);
});
