import { fail, type Failure, type User } from "@snug/protocol";
import { answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { sessionCookie } from "./credentials.ts";
import type { HttpWorld, Openness } from "./route.ts";

/** How much of a user agent is kept to tell sessions apart. */
const DEVICE_LENGTH = 200;

export function deviceOf(request: Request): string {
  return (request.headers.get("user-agent") ?? "").slice(0, DEVICE_LENGTH).toWellFormed();
}

/** Why nobody comes in this way, or `null`. */
export function door(
  who: "guests" | "sign-up",
  openness: Openness,
  invite: string | undefined,
): Failure | null {
  if (openness === "open" || (openness === "invite" && invite !== undefined)) return null;
  const detail =
    openness === "off"
      ? `Nobody comes in this way here; the operator can start Snug with --${who} open.`
      : `One needs an invite here; ask somebody inside, or the operator, who can start Snug with --${who} open.`;
  return fail("forbidden", detail);
}

/** 201 with the token, and the same as a cookie that no script can read. */
export function signedIn(
  { origins }: HttpWorld,
  caller: Caller,
  { user, token }: { user: User; token: string },
): Response {
  const cookie = sessionCookie(token, origins.isHttps(caller));
  return answer(201, { user, token }, { "set-cookie": cookie });
}
