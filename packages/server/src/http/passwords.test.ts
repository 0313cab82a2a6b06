import { expect, test } from "bun:test";
import { limits } from "@snug/protocol";
import { systemClock } from "../clock.ts";
import type { Passwords } from "../core/ports.ts";
import { cheapPasswords, PASSWORD, type Frame, type TestServer } from "../testing.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();
const HERE = "192.0.2.1";
const THERE = "198.51.100.9";

/** A server behind a proxy, so that a call comes from wherever it says, and a clock moved by hand. */
async function door(passwords: Passwords = cheapPasswords) {
  const time = { passed: 0 };
  const clock = { ...systemClock, elapsed: () => time.passed };
  const server = await start({ clock, passwords, proxies: ["127.0.0.1"] });
  return { server, wait: (ms: number) => void (time.passed += ms) };
}

const signIn = (server: TestServer, username: string, password: string, from = HERE) =>
  server.fetch("/v1/sessions", {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ username, password }),
  });

async function waits(response: Response): Promise<number> {
  const problem = (await response.clone().json()) as Frame;
  expect(await outcome(response)).toBe("429 rate_limited");
  expect(response.headers.get("retry-after")).toBe(String(problem["retryAfter"]));
  return problem["retryAfter"];
}

test("[AUTH16] after five wrong passwords the door is shut for a while, for a name that nobody has too", async () => {
  const { server, wait } = await door();
  await server.account("ada");
  for (const username of ["ada", "nobody"]) {
    const bodies = new Set<string>();
    for (let tries = 0; tries < limits.passwordTries; tries++) {
      const answer = await signIn(server, username, "wrong password");
      bodies.add(`${answer.status} ${await answer.text()}`);
    }
    expect([...bodies]).toEqual([expect.stringMatching(/^401 .*"code":"bad_credentials"/)]);
    expect(await waits(await signIn(server, username, "wrong password"))).toBe(1);
    expect(await waits(await signIn(server, username, PASSWORD))).toBe(1);
  }
  wait(1_000);
  expect(await outcome(await signIn(server, "ada", "wrong password"))).toBe("401 bad_credentials");
  expect(await waits(await signIn(server, "ada", PASSWORD))).toBe(2);
  wait(2_000);
  expect((await signIn(server, "ADA", PASSWORD)).status).toBe(201);
  expect(await outcome(await signIn(server, "ada", "wrong password"))).toBe("401 bad_credentials");
});

test("[AUTH16] whoever guesses keeps nobody out elsewhere, and ends no session", async () => {
  const { server } = await door();
  const ada = await server.account("ada");
  for (let tries = 0; tries < 50; tries++) await signIn(server, "ada", "wrong password", THERE);
  expect(await waits(await signIn(server, "ada", PASSWORD, THERE))).toBe(1);
  expect((await ada.call("GET", "/v1/me")).status).toBe(200);
  expect((await signIn(server, "ada", PASSWORD)).status).toBe(201);
});

test("[AUTH16] names tried one after another from one address are slowed down as well, but no forged address", async () => {
  const { server } = await door();
  await server.account("ada");
  for (let name = 0; name < limits.passwordTriesPerAddress; name++)
    expect((await signIn(server, `name-${name}`, "wrong password")).status).toBe(401);
  expect(await waits(await signIn(server, "ada", PASSWORD))).toBe(1);
  // What stands left of the address that the proxy heard is the guesser's own invention.
  expect(await waits(await signIn(server, "ada", PASSWORD, `203.0.113.7, ${HERE}`))).toBe(1);
});

test("[AUTH16] the current password in PATCH /v1/me is no other door", async () => {
  const { server, wait } = await door();
  const ada = await server.account("ada");
  const change = (currentPassword: string) =>
    server.fetch("/v1/me", {
      method: "PATCH",
      headers: {
        "content-type": "application/json",
        authorization: ada.authorization,
        "x-forwarded-for": HERE,
      },
      body: JSON.stringify({ password: "another password", currentPassword }),
    });
  for (let tries = 0; tries < 3; tries++) {
    expect(await outcome(await change("wrong"))).toBe("401 bad_credentials currentPassword");
    if (tries < 2) expect((await signIn(server, "ada", "wrong")).status).toBe(401);
  }
  expect(await waits(await change(PASSWORD))).toBe(1);
  expect(await waits(await signIn(server, "ada", PASSWORD))).toBe(1);
  // Nothing was changed, and other changes need no password.
  expect((await ada.call("PATCH", "/v1/me", { name: "Ada L." })).status).toBe(200);
  wait(1_000);
  expect((await change(PASSWORD)).status).toBe(200);
  expect((await signIn(server, "ada", "another password")).status).toBe(201);
});

/** Passwords of which the first that is checked is held up until it is let go. */
function held() {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  let isFirst = true;
  const passwords: Passwords = {
    ...cheapPasswords,
    async verify(password, hash) {
      const fits = cheapPasswords.verify(password, hash);
      if (isFirst) {
        isFirst = false;
        asked.resolve();
        await go.promise;
      }
      return fits;
    },
  };
  return { passwords, asked: asked.promise, go: () => go.resolve() };
}

test("[AUTH12] a sign-in that was under way with the old password is none once there is a new one", async () => {
  const { passwords, asked, go } = held();
  const { server } = await door(passwords);
  const ada = await server.account("ada");
  const late = signIn(server, "ada", PASSWORD);
  await asked;
  const change = { password: "another password", currentPassword: PASSWORD };
  expect((await ada.call("PATCH", "/v1/me", change)).status).toBe(200);
  go();
  const answer = await late;
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(await outcome(answer)).toBe("401 bad_credentials");
  expect((await ada.get("/v1/sessions")).sessions).toMatchObject([{ current: true }]);
  expect((await signIn(server, "ada", "another password")).status).toBe(201);
});

test("[AUTH12] of two new passwords at once, the later finds that the current one is another", async () => {
  const { passwords, asked, go } = held();
  const { server } = await door(passwords);
  const ada = await server.account("ada");
  const change = (password: string) =>
    ada.call("PATCH", "/v1/me", { name: password, password, currentPassword: PASSWORD });
  const late = change("the late one");
  await asked;
  expect((await change("the first one")).status).toBe(200);
  go();
  expect(await outcome(await late)).toBe("401 bad_credentials currentPassword");
  expect((await ada.get("/v1/me")).user.name).toBe("the first one");
  expect((await signIn(server, "ada", "the late one")).status).toBe(401);
  expect((await signIn(server, "ada", "the first one")).status).toBe(201);
});

test("[AUTH17] when too many passwords wait, the next is told to come again, and nothing was tried", async () => {
  let isFull = false;
  const { server } = await door({
    hash: async (password) => (isFull ? null : cheapPasswords.hash(password)),
    verify: async (password, hash) => (isFull ? null : cheapPasswords.verify(password, hash)),
  });
  const ada = await server.account("ada");
  isFull = true;
  for (let tries = 0; tries < 30; tries++)
    expect(await waits(await signIn(server, "ada", PASSWORD))).toBe(1);
  const account = { username: "bob", password: PASSWORD };
  const signUp = () =>
    server.fetch("/v1/accounts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(account),
    });
  expect(await waits(await signUp())).toBe(1);
  const change = { password: "another password", currentPassword: PASSWORD };
  expect(await waits(await ada.call("PATCH", "/v1/me", change))).toBe(1);
  isFull = false;
  expect((await signIn(server, "ada", PASSWORD)).status).toBe(201);
  expect((await signUp()).status).toBe(201);
});

test("[AUTH17] with real hashes a crowd is answered, each in its turn or told to come again", async () => {
  const server = await start({ proxies: ["127.0.0.1"] });
  await server.account("ada");
  const crowd = await Promise.all(
    Array.from({ length: limits.passwordQueue + 12 }, (_, index) =>
      signIn(server, "ada", PASSWORD, `192.0.2.${index}`),
    ),
  );
  const statuses = crowd.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(
    limits.passwordQueue,
  );
  for (const answer of crowd) if (answer.status !== 201) expect(await waits(answer)).toBe(1);
}, 20_000);
