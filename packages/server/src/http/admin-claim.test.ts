import { expect, test } from "bun:test";
import { cheapPasswords, PASSWORD, type TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();
const WORD = "a word of 256 bits of chance";

const signUp = (server: TestServer, username: string, more: object = {}) =>
  server.fetch("/v1/accounts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: PASSWORD, ...more }),
  });

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
    const server = await start({ adminClaim: WORD, passwords: cheapPasswords, signUp: mode });
    if (mode === "open") expect(await isAdmin(server, await signUp(server, "first"))).toBe(false);
    else expect(await outcome(await signUp(server, "first"))).toBe("403 forbidden");
    for (const claim of ["", "a word", `${WORD} `])
      expect(await outcome(await signUp(server, "first", { claim }))).toBe("403 forbidden claim");

    // What comes to nothing does not use it up.
    await server.guest("Guest").catch(() => null);
    expect(await outcome(await signUp(server, "x", { claim: WORD }))).toBe(
      "400 invalid_request username",
    );
    if (mode === "open")
      expect(await outcome(await signUp(server, "FIRST", { claim: WORD }))).toBe(
        "409 username_taken username",
      );

    const answers = await Promise.all(
      ["ada", "bob", "cat"].map((name) => signUp(server, name, { claim: WORD })),
    );
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(2);
    const made = answers.find(({ status }) => status === 201);
    expect(made && (await isAdmin(server, made))).toBe(true);
    expect(await outcome(await signUp(server, "dan", { claim: WORD }))).toBe("403 forbidden claim");
  }
});

test("[OPS9] where there is an administrator nobody else becomes one", async () => {
  const server = await start({ passwords: cheapPasswords });
  expect(await isAdmin(server, await signUp(server, "ada"))).toBe(false);
  expect(await outcome(await signUp(server, "bob", { claim: WORD }))).toBe("403 forbidden claim");
});
