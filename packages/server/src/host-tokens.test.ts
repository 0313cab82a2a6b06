import { afterEach, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from "jose";
import { hostTokens, type HostKeys } from "./host-tokens.ts";
import { ManualClock } from "./manual-clock.ts";

const SECRET = "a secret that host and Snug share";
const good = { sub: "user-1", name: "Ada", rooms: { general: "post" } };

const clock = new ManualClock();
const now = () => Math.floor(clock.now() / 1_000);
const later = (seconds: number) => now() + seconds;

/** A token of these claims; `exp` is in an hour unless it is named. */
function sign(
  claims: Record<string, unknown> = {},
  {
    alg = "HS256",
    key = new TextEncoder().encode(SECRET) as Uint8Array | CryptoKey,
    kid = "",
  } = {},
) {
  return new SignJWT({ ...good, exp: later(3_600), ...claims })
    .setProtectedHeader({ alg, ...(kid && { kid }) })
    .sign(key);
}

const read = async (token: string, keys: HostKeys = { secret: SECRET }) =>
  hostTokens(keys, clock).read(token);

/** What is said of a token that is refused. */
async function refusal(token: string, keys?: HostKeys): Promise<string> {
  const result = await read(token, keys);
  if (result.ok) throw new Error("it was taken");
  const { code, detail } = result.error;
  // A close frame must hold it.
  expect(Buffer.byteLength(detail)).toBeLessThanOrEqual(123);
  for (const part of token.split(".")) if (part.length > 3) expect(detail).not.toContain(part);
  return `${code}: ${detail}`;
}

test("[HOST1] a good token says who it is, what they may do where, and until when", async () => {
  expect(await read(await sign())).toEqual({
    ok: true,
    value: {
      subject: "user-1",
      name: "Ada",
      avatar: "",
      rooms: new Map([["general", "post"]]),
      expiresAt: later(3_600) * 1_000,
    },
  });
  const more = await sign({
    avatar: "🦊",
    rooms: { a: "read", b: "post" },
    iss: "app",
    extra: [1],
  });
  expect(await read(more)).toMatchObject({
    value: {
      avatar: "🦊",
      rooms: new Map([
        ["a", "read"],
        ["b", "post"],
      ]),
    },
  });
  expect(await read(await sign({ rooms: {} }))).toMatchObject({ value: { rooms: new Map() } });
});

test("[HOST2] a secret signs with HS256, whatever a token says of itself", async () => {
  const key = new TextEncoder().encode(SECRET.repeat(2));
  expect(await refusal(await sign({}, { key }))).toContain("signature");
  for (const alg of ["HS384", "HS512"])
    expect(await refusal(await sign({}, { alg, key }))).toContain("HS256");
  const unsecured = new UnsecuredJWT({ ...good, exp: later(60) }).encode();
  expect(await refusal(unsecured)).toMatch(/^unauthorized: /);
  const { privateKey } = await generateKeyPair("RS256");
  expect(await refusal(await sign({}, { alg: "RS256", key: privateKey }))).toContain("HS256");
  for (const secret of ["", "x".repeat(31), "é".repeat(15)])
    expect(() => hostTokens({ secret }, clock)).toThrow("32 bytes");
  hostTokens({ secret: "é".repeat(16) }, clock);
});

test("[HOST2] what is no JWT, or was changed, is refused", async () => {
  const token = await sign();
  const [head = "", body = "", signature = ""] = token.split(".");
  const other = Buffer.from(JSON.stringify({ ...good, sub: "admin", exp: later(60) }));
  for (const wrong of [
    ".",
    "..",
    "...",
    "a.b.c",
    `${head}.${body}`,
    `${head}.${body}.`,
    `.${body}.${signature}`,
    `${token}.x.y`,
    `${token}x`,
    `${head}.${other.toString("base64url")}.${signature}`,
    `${head}.!!!!.${signature}`,
  ])
    expect(await refusal(wrong)).toMatch(/^unauthorized: The token/);
});

test("[HOST3] a token has an end, in 24 hours at most, and clocks may differ by 30 s", async () => {
  const cases: [Record<string, unknown>, string | null][] = [
    [{ exp: undefined }, "exp is missing"],
    [{ exp: later(24 * 3_600) }, null],
    [{ exp: later(24 * 3_600 + 30) }, null],
    [{ exp: later(24 * 3_600 + 31) }, "24 hours"],
    [{ exp: later(1e9) }, "24 hours"],
    [{ exp: later(-29) }, null],
    [{ exp: later(-31) }, "expired"],
    [{ exp: "tomorrow" }, "exp"],
    [{ nbf: later(29) }, null],
    [{ nbf: later(31) }, "nbf"],
  ];
  for (const [claims, detail] of cases) {
    const token = await sign(claims);
    if (detail === null) expect([claims, await read(token)]).toMatchObject([claims, { ok: true }]);
    else expect([claims, await refusal(token)]).toEqual([claims, expect.stringContaining(detail)]);
  }
});

test("[HOST3] claims of another form are refused, and none of them is repeated", async () => {
  const secret = "SECRET-VALUE";
  const cases: [Record<string, unknown>, string][] = [
    [{ sub: undefined }, "sub"],
    [{ sub: "" }, "sub"],
    [{ sub: 7 }, "sub"],
    [{ name: undefined }, "name"],
    [{ name: " " }, "name"],
    [{ name: `${secret}\n` + "x".repeat(100) }, "name"],
    [{ avatar: secret.repeat(9) }, "avatar"],
    [{ rooms: undefined }, "rooms"],
    [{ rooms: [secret] }, "rooms"],
    [{ rooms: "general" }, "rooms"],
    [{ rooms: { general: secret } }, "rooms"],
    [{ rooms: { [`${secret}!`]: "read" } }, "rooms"],
  ];
  for (const [claims, named] of cases) {
    const says = await refusal(await sign(claims));
    expect([claims, says]).toEqual([claims, expect.stringContaining(named)]);
    expect(says).not.toContain(secret);
  }
});

let servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers) await server.stop(true);
  servers = [];
});

/** A host that publishes these keys, and counts how often they are asked for. */
function publish(keys: JWK[]) {
  const host = { keys, asked: 0, status: 200, url: "" };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch() {
      host.asked++;
      return Response.json({ keys: host.keys }, { status: host.status });
    },
  });
  servers.push(server);
  host.url = `${server.url.origin}/jwks`;
  return host;
}

async function keyPair(alg: string, kid: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg }, key: privateKey, kid, alg };
}

test("[HOST2] published keys sign with RS256, ES256 and EdDSA, and a secret of theirs with nothing", async () => {
  const pairs = await Promise.all(
    ["RS256", "ES256", "EdDSA"].map((alg) => keyPair(alg, `key-${alg}`)),
  );
  const host = publish(pairs.map(({ jwk }) => jwk));
  const tokens = hostTokens({ jwks: host.url }, clock);
  expect(host.asked).toBe(0);
  for (const pair of pairs)
    expect(await tokens.read(await sign({}, pair))).toMatchObject({ ok: true });
  expect(host.asked).toBe(1);

  // The classic: the public key, which anybody has, as the secret of an HS256 token.
  const [rsa] = pairs;
  const key = new TextEncoder().encode(JSON.stringify(rsa?.jwk));
  expect(await refusal(await sign({}, { key, kid: "key-RS256" }), { jwks: host.url })).toContain(
    "RS256, ES256, EdDSA",
  );
  const stranger = await keyPair("ES256", "key-ES256");
  expect(await refusal(await sign({}, stranger), { jwks: host.url })).toContain("signature");
  expect(
    await refusal(await sign({}, await keyPair("ES384", "key-ES256")), { jwks: host.url }),
  ).toContain("RS256");
});

test("[HOST4] keys are fetched when they are needed, and for a new one at most once a minute", async () => {
  const [first, second] = [await keyPair("ES256", "first"), await keyPair("ES256", "second")];
  const host = publish([first.jwk]);
  const tokens = hostTokens({ jwks: host.url }, clock);
  await Promise.all(Array.from({ length: 20 }, async () => tokens.read(await sign({}, first))));
  expect(host.asked).toBe(1);
  host.keys = [first.jwk, second.jwk];
  for (let index = 0; index < 20; index++) {
    const result = await tokens.read(await sign({}, second));
    expect(result).toMatchObject({
      error: { code: "unauthorized", detail: expect.stringContaining("kid") },
    });
  }
  expect(host.asked).toBe(1);
});

test("[HOST4] keys that cannot be fetched are no fault of the token: come again, and not each asks anew", async () => {
  const pair = await keyPair("ES256", "key");
  const host = publish([pair.jwk]);
  host.status = 500;
  const faults: unknown[] = [];
  const tokens = hostTokens({ jwks: host.url }, clock, (fault) => faults.push(fault));
  for (let index = 0; index < 20; index++)
    expect(await tokens.read(await sign({}, pair))).toMatchObject({
      error: { code: "store_unavailable", retryAfter: 2 },
    });
  expect([host.asked, faults.length]).toEqual([1, 1]);
  host.status = 200;
  clock.pass(2_000);
  expect(await tokens.read(await sign({}, pair))).toMatchObject({ ok: true });

  const nowhere = hostTokens({ jwks: "http://127.0.0.1:1/jwks" }, clock, (fault) =>
    faults.push(fault),
  );
  expect(await nowhere.read(await sign({}, pair))).toMatchObject({
    error: { code: "store_unavailable" },
  });
});
