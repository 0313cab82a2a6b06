import { fail, succeed, type Result } from "@snug/protocol";
import { boundTo, type Actor } from "../core/actor.ts";
import { noSession, type Chat } from "../core/chat.ts";
import type { Caller } from "./caller.ts";
import type { Origins } from "./origins.ts";
import { wantsStream } from "./wants-stream.ts";

const COOKIE = "snug_session";
/** Seconds; browsers keep no cookie longer. */
const COOKIE_AGE = 400 * 24 * 60 * 60;

/**
 * Who asks: by bearer token, or by the session cookie where its use is safe.
 *
 * @param streams whether it may be a stream that is asked for, which takes a room token in its address
 */
export async function authenticate(
  chat: Chat,
  origins: Origins,
  request: Request,
  caller: Caller,
  streams = false,
): Promise<Result<Actor>> {
  const inAddress = streams ? streamToken(request) : null;
  if (inAddress !== null) {
    const actor = await chat.authenticate(inAddress);
    // An address ends up in histories and logs: only what opens one room may stand in it.
    return known(actor !== null && boundTo(actor) !== null ? actor : null);
  }
  const bearer = bearerToken(request);
  if (bearer !== null) return chat.admit(bearer);
  const cookie = cookieToken(request);
  if (cookie === null) return known(null);
  // A browser sends the cookie along with what other sites make it ask for.
  if (!isSafe(request.method) && !origins.isSameOrigin(request, caller)) {
    return fail(
      "forbidden",
      "With a cookie, changes are taken from our own pages only; use a bearer token.",
    );
  }
  // A stream that it makes them open would have one seem to be here.
  if (streams && wantsStream(request) && origins.isElsewhere(request, caller)) return known(null);
  return known(await chat.authenticate(cookie));
}

export function cookieToken(request: Request): string | null {
  for (const pair of request.headers.get("cookie")?.split(";") ?? []) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === COOKIE && value) return value;
  }
  return null;
}

export function sessionCookie(token: string, secure: boolean): string {
  return `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${COOKIE_AGE}${secure ? "; Secure" : ""}`;
}

export function noCookie(secure: boolean): string {
  return `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0${secure ? "; Secure" : ""}`;
}

/** `EventSource` can send no headers: a stream takes a room token in its address. */
function streamToken(request: Request): string | null {
  if (!wantsStream(request) || request.headers.has("authorization")) return null;
  return new URL(request.url).searchParams.get("token");
}

function bearerToken(request: Request): string | null {
  const header = request.headers.get("authorization");
  if (header === null) return null;
  // Another scheme is a credential too: it must not fall back to the cookie.
  return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? "";
}

function known(actor: Actor | null): Result<Actor> {
  return actor === null ? noSession : succeed(actor);
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}
