import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { limits } from "@snug/protocol";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The flags that say who comes in, on the real program.
setDefaultTimeout(20_000);
const MAIN = join(import.meta.dirname, "main.ts");
const CLAIM = /\/#claim=([\w-]+)/;

let children: Bun.Subprocess<"ignore", "pipe", "pipe">[] = [];
let folders: string[] = [];

afterEach(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await child.exited;
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  [children, folders] = [[], []];
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "snug-doors-"));
  folders.push(folder);
  return folder;
}

function launch(args: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, MAIN, "--port", "0", ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  children.push(child);
  return child;
}

/** A running server: its address, and all that it says until it stops. */
async function start(folder: string, args: string[] = [], env: Record<string, string> = {}) {
  const child = launch(["--data", folder, "--page", PAGE, ...args], env);
  const decoder = new TextDecoder();
  const reader = child.stdout.getReader();
  let said = "";
  const readOn = async () => {
    const { value, done } = await reader.read();
    said += decoder.decode(value, { stream: true });
    return !done;
  };
  while (!said.includes("\n") && (await readOn()));
  const [, url = ""] = /ready at (\S+)/.exec(said) ?? [];
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      while (await readOn());
      return {
        code: await child.exited,
        stdout: said,
        stderr: await new Response(child.stderr).text(),
      };
    },
    /** Reads on until there is a claim link. */
    async claim() {
      while (!CLAIM.test(said) && (await readOn()));
      return CLAIM.exec(said)?.[1] ?? "";
    },
  };
}

const PAGE = join(import.meta.dirname, "../../../examples/one-file/index.html");

const post = (url: string, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const signUp = (url: string, username: string, claim?: string) =>
  post(url, "/v1/accounts", {
    username,
    password: "correct horse",
    ...(claim !== undefined && { claim }),
  });

async function isAdmin(url: string, account: Response): Promise<boolean> {
  expect(account.status).toBe(201);
  const { token } = (await account.json()) as { token: string };
  const me = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  return ((await me.json()) as { admin: boolean }).admin;
}

test("[OPS9] on loopback no link is printed, and the first account is administrator", async () => {
  const server = await start(newFolder());
  expect(await isAdmin(server.url, await signUp(server.url, "ada"))).toBe(true);
  expect(await isAdmin(server.url, await signUp(server.url, "bob"))).toBe(false);
  const { code, stdout } = await server.stop();
  expect([code, stdout.trim().split("\n").length]).toEqual([0, 1]);
});

test("[OPS9] where others can reach it a link is printed at each start, until somebody used it", async () => {
  const folder = newFolder();
  // A proxy on the same machine brings the world in by loopback.
  const args = ["--proxy", "127.0.0.1", "--guests", "open", "--sign-up", "open"];
  const first = await start(folder, args);
  expect((await signUp(first.url, "mallory")).status).toBe(201);
  const word = await first.claim();
  expect(Buffer.from(word, "base64url")).toHaveLength(32);
  const { stdout, stderr } = await first.stop();
  expect(stdout).toContain(`${first.url}/#claim=${word}`);
  expect(stderr).not.toContain(word);

  const second = await start(folder, args);
  const other = await second.claim();
  expect(other).not.toBe(word);
  expect((await signUp(second.url, "ada", word)).status).toBe(403);
  expect(await isAdmin(second.url, await signUp(second.url, "ada", other))).toBe(true);
  expect((await signUp(second.url, "bob", other)).status).toBe(403);
  await second.stop();

  const third = await start(folder, args);
  expect((await signUp(third.url, "bob", other)).status).toBe(403);
  expect((await third.stop()).stdout).not.toContain("#claim=");
});

test("[OPS9] the link leads to the public address", async () => {
  const server = await start(newFolder(), ["--origin", "https://chat.example.org"]);
  const word = await server.claim();
  const { stdout } = await server.stop();
  expect(stdout).toContain(`https://chat.example.org/#claim=${word}`);
});

test("[OPS12] --sign-up and --guests say who comes in", async () => {
  const closed = await start(newFolder(), ["--sign-up", "off", "--guests", "invite"]);
  for (const path of ["/v1/guests", "/v1/accounts"]) {
    const body = { name: "Ada", username: "ada", password: "correct horse" };
    const answer = await post(closed.url, path, body);
    const { detail } = (await answer.json()) as { detail: string };
    expect([answer.status, detail]).toEqual([
      403,
      expect.stringContaining(path === "/v1/guests" ? "--guests open" : "--sign-up open"),
    ]);
  }
  expect((await closed.stop()).stdout).not.toContain("invites");
});

test("[LIM9] --rate-limits off, or SNUG_RATE_LIMITS, takes the limits away", async () => {
  const flood = async (args: string[], env: Record<string, string> = {}) => {
    const server = await start(newFolder(), args, env);
    const guest = await post(server.url, "/v1/guests", { name: "Ada" });
    const { token } = (await guest.json()) as { token: string };
    // More than flows in while they are sent.
    const statuses = await Promise.all(
      Array.from({ length: 4 * limits.sendsBurst }, async (_, index) => {
        const body = { clientId: `${index}`, text: "flood" };
        const headers = { authorization: `Bearer ${token}` };
        return (await post(server.url, "/v1/rooms/general/messages", body, headers)).status;
      }),
    );
    await server.stop();
    return statuses.filter((status) => status === 429).length;
  };
  expect(await flood([])).toBeGreaterThan(0);
  expect(await flood(["--rate-limits", "off"])).toBe(0);
  expect(await flood([], { SNUG_RATE_LIMITS: "off" })).toBe(0);
  expect(await flood(["--rate-limits", "on"], { SNUG_RATE_LIMITS: "off" })).toBeGreaterThan(0);
});

test("[OPS14] --proxy, or SNUG_PROXY, names whose forwarded headers count", async () => {
  const isSecure = async (args: string[], env: Record<string, string> = {}) => {
    const server = await start(newFolder(), ["--guests", "open", ...args], env);
    const headers = { "x-forwarded-proto": "https" };
    const guest = await post(server.url, "/v1/guests", { name: "Ada" }, headers);
    await server.stop();
    return guest.headers.get("set-cookie")?.endsWith("; Secure");
  };
  expect(await isSecure([])).toBe(false);
  expect(await isSecure(["--proxy", "192.0.2.1"])).toBe(false);
  expect(await isSecure(["--proxy", "192.0.2.1,127.0.0.0/8"])).toBe(true);
  expect(await isSecure([], { SNUG_PROXY: "127.0.0.1" })).toBe(true);
});

test("[OPS13] --host-secret, or SNUG_HOST_SECRET, lets in who has a token signed with it; no line tells it", async () => {
  const secret = "a secret of this length, at least";
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const claims = { sub: "user-1", name: "Hana", rooms: { general: "post" }, exp };
  const signed = [{ alg: "HS256" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const token = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  for (const [args, env, status] of [
    [["--host-secret", secret], {}, 201],
    [[], { SNUG_HOST_SECRET: secret }, 201],
    [[], {}, 401],
    [["--host-secret", secret.toUpperCase()], { SNUG_HOST_SECRET: secret }, 401],
    [["--host-jwks", "http://127.0.0.1:1/keys"], {}, 401],
  ] as const) {
    const server = await start(newFolder(), [...args], env);
    const body = { clientId: "c", text: "hello" };
    const headers = { authorization: `Bearer ${token}` };
    const posted = await post(server.url, "/v1/rooms/general/messages", body, headers);
    const { stdout, stderr } = await server.stop();
    expect([args, posted.status]).toEqual([args, status]);
    for (const hidden of [secret, token]) expect(stdout + stderr).not.toContain(hidden);
  }
});

test("[OPS3] a wrong value is one line that names its flag, and an exit code", async () => {
  const cases: [string[], Record<string, string>, string][] = [
    [["--sign-up", "yes"], {}, "--sign-up"],
    [["--proxy", "my-proxy"], {}, "--proxy"],
    [["--rate-limits", "none"], {}, "--rate-limits"],
    [[], { SNUG_RATE_LIMITS: "false" }, "SNUG_RATE_LIMITS"],
    [["--host-secret", "short"], {}, "--host-secret"],
    [["--host-jwks", "nonsense"], {}, "--host-jwks"],
    [[], { SNUG_PROXY: "10.0.0.0/99" }, "SNUG_PROXY"],
  ];
  for (const [args, env, named] of cases) {
    const child = launch(["--data", newFolder(), ...args], env);
    const [code, stdout, stderr] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^[^\n]+\.\n$/)]);
    expect(stderr).toContain(named);
  }
});
