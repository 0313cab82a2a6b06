import { Avatar, Can, fail, Name, RoomId, succeed, type Result } from "@snug/protocol";
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from "jose";
import * as v from "valibot";
import type { Clock, HostClaims, HostTokens } from "./core/ports.ts";

/** How the host's tokens are signed: with a secret that both know, or with keys that it publishes. */
export type HostKeys = { readonly secret: string } | { readonly jwks: string };

/** HS256 is no stronger than its secret: bytes. */
export const HOST_SECRET_LEAST = 32;

/** Seconds that a token may live, and that two clocks may differ. */
const LONGEST = 24 * 60 * 60;
const TOLERANCE = 30;
/** Milliseconds for one look at the host's keys, between two, between two that fail, and that they are kept. */
const PATIENCE = 5_000;
const PAUSE = 60_000;
const PAUSE_AFTER_FAILURE = 2_000;
const KEPT = 10 * 60_000;

const Claims = v.object({
  sub: v.pipe(v.string(), v.minLength(1)),
  exp: v.number(),
  name: Name,
  avatar: v.optional(Avatar, ""),
  rooms: v.record(RoomId, Can),
});

/** Said in place of what the schema finds, which names what was given. */
const says: Record<string, string> = {
  sub: "sub must be a text that is not empty",
  exp: "exp must be a number",
  name: "name must be one line of 1 to 64 characters",
  avatar: "avatar must be a few letters or one sign",
  rooms: "rooms must be an object of room ids, each with read or post",
};

/** JWTs by jose. The setting says which algorithms count, never the token. */
export function hostTokens(
  keys: HostKeys,
  clock: Pick<Clock, "now" | "elapsed">,
  onFault: (fault: unknown) => void = () => {},
): HostTokens {
  const [algorithms, key] = keysOf(keys, clock);
  return {
    async read(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms,
          clockTolerance: TOLERANCE,
          currentDate: new Date(clock.now()),
          requiredClaims: ["exp"],
        });
        return toClaims(payload, clock.now());
      } catch (fault) {
        return refusal(fault, algorithms, onFault);
      }
    },
  };
}

function keysOf(
  keys: HostKeys,
  clock: Pick<Clock, "elapsed">,
): [algorithms: string[], key: JWTVerifyGetKey] {
  if ("secret" in keys) {
    const secret = new TextEncoder().encode(keys.secret);
    if (secret.length < HOST_SECRET_LEAST) {
      throw new Error(`the host's secret must have ${HOST_SECRET_LEAST} bytes at least`);
    }
    return [["HS256"], () => secret];
  }
  const remote = createRemoteJWKSet(new URL(keys.jwks), {
    timeoutDuration: PATIENCE,
    cooldownDuration: PAUSE,
    cacheMaxAge: KEPT,
    [customFetch]: withPauses(clock),
  });
  return [["RS256", "ES256", "EdDSA"], remote];
}

/** Keys that cannot be fetched are not asked for by each token anew. */
function withPauses(clock: Pick<Clock, "elapsed">) {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (...[url, options]: Parameters<typeof fetch>): Promise<Response> => {
    if (clock.elapsed() - failedAt < PAUSE_AFTER_FAILURE) throw new KeysAway();
    try {
      const response = await fetch(url, options);
      if (!response.ok) throw new Error(`the host's keys answered ${response.status}`);
      return response;
    } catch (fault) {
      failedAt = clock.elapsed();
      throw fault;
    }
  };
}

/** Was reported when it was first found. */
class KeysAway extends Error {}

function toClaims(payload: unknown, now: number): Result<HostClaims> {
  const checked = v.safeParse(Claims, payload, { abortEarly: true });
  if (!checked.success) {
    const claim = String(checked.issues[0].path?.[0].key);
    return wrong(`The token's ${says[claim] ?? "claims are not those of a user"}.`);
  }
  const { sub, exp, name, avatar, rooms } = checked.output;
  if (exp > now / 1_000 + LONGEST + TOLERANCE) {
    return wrong("The token lives too long: exp may lie 24 hours ahead at most.");
  }
  const expiresAt = Math.floor(exp * 1_000);
  return succeed({ subject: sub, name, avatar, rooms: new Map(Object.entries(rooms)), expiresAt });
}

/** Says what is wrong, and nothing that the token says. */
function refusal(
  fault: unknown,
  algorithms: readonly string[],
  onFault: (fault: unknown) => void,
): Result<never> {
  if (fault instanceof errors.JWTExpired) {
    return wrong("The token has expired. Ask the app for a new one.");
  }
  if (fault instanceof errors.JOSEAlgNotAllowed) {
    return wrong(`The token must be signed with ${algorithms.join(", ")}.`);
  }
  if (fault instanceof errors.JWSSignatureVerificationFailed) {
    return wrong("The token's signature does not fit the key that is set here.");
  }
  if (fault instanceof errors.JWKSNoMatchingKey) {
    return wrong("The token names a key (kid) that the app does not publish.");
  }
  if (fault instanceof errors.JWKSMultipleMatchingKeys) {
    return wrong("The token must name its key (kid): several would fit.");
  }
  if (fault instanceof errors.JWTClaimValidationFailed) {
    const how = fault.reason === "missing" ? "is missing" : "does not hold";
    return wrong(`The token's claim ${fault.claim} ${how}.`);
  }
  const isTokens =
    fault instanceof errors.JWTInvalid ||
    fault instanceof errors.JWSInvalid ||
    fault instanceof errors.JOSENotSupported;
  if (isTokens) return wrong("The token is no JWT that can be read.");
  if (!(fault instanceof KeysAway)) onFault(fault);
  return fail(
    "store_unavailable",
    "The keys that the app publishes cannot be fetched. Try again in a moment.",
    { retryAfter: 2 },
  );
}

const wrong = (detail: string) => fail("unauthorized", detail);
