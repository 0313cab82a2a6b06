import { expect, test } from "bun:test";
import type { ServerOptions } from "../server.ts";
import { cheapPasswords, PASSWORD, type TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();

const signUp = (server: TestServer, username: string, more: object = {}) =>
  server.fetch("/v1/accounts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: PASSWORD, ...more }),
  });

/** A server that gives out a word, and the word. */
async function startOffering(more: Partial<ServerOptions> = {}) {
  let word = "";
  const adminClaim = (said: string) => void (word = said);
  const server = await start({ passwords: cheapPasswords, adminClaim, ...more });
  return { server, word };
}

async function isAdmin(server: TestServer, response: Response): Promise<boolean> {
  expect(response.status).toBe(201);
  const { token } = (await response.json()) as { token: string };
  const me = await server.fetch("/v1/me", { headers: { authorization: `Bearer ${token}` } });
  return ((await me.json()) as { admin: boolean }).admin;
}

test("[OPS9] on loopback the first account is administrator, and no other", async () => {
  const server = await start({ adminClaim: null, passwords: cheapPasswords });
  await server.guest("Ada");
  const answers = await Promise.all(["ada", "bob", "cat"].map((name) => signUp(server, name)));
  const admins = await Promise.all(answers.map((answer) => isAdmin(server, answer)));
  expect(admins.filter(Boolean)).toHaveLength(1);
  expect(await isAdmin(server, await signUp(server, "dan", { claim: "ignored" }))).toBe(false);
});

test("[OPS9] elsewhere it is whoever brings the word, once, whatever the door says", async () => {
  for (const mode of ["open", "invite", "off"] as const) {
    const { server, word } = await startOffering({ signUp: mode });
    if (mode === "open") expect(await isAdmin(server, await signUp(server, "first"))).toBe(false);
    else expect(await outcome(await signUp(server, "first"))).toBe("403 forbidden");
    for (const claim of ["", "a word", `${word} `])
      expect(await outcome(await signUp(server, "first", { claim }))).toBe("403 forbidden claim");

    // What comes to nothing does not use it up.
    await server.guest("Guest").catch(() => null);
    expect(await outcome(await signUp(server, "x", { claim: word }))).toBe(
      "400 invalid_request username",
    );
    if (mode === "open")
      expect(await outcome(await signUp(server, "FIRST", { claim: word }))).toBe(
        "409 username_taken username",
      );

    const answers = await Promise.all(
      ["ada", "bob", "cat"].map((name) => signUp(server, name, { claim: word })),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
    const made = answers.find(({ status }) => status === 201);
    expect(made && (await isAdmin(server, made))).toBe(true);
    expect(await outcome(await signUp(server, "dan", { claim: word }))).toBe("403 forbidden claim");
  }
});

test("[OPS9] where there is an administrator nobody else becomes one", async () => {
  const server = await start({ passwords: cheapPasswords });
  expect(await isAdmin(server, await signUp(server, "ada"))).toBe(false);
  expect(await outcome(await signUp(server, "bob", { claim: "a word" }))).toBe(
    "403 forbidden claim",
  );
});
