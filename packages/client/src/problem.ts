import type { Code } from "@snug/protocol";
import type { ClientProblem, Outcome } from "./api.ts";

export const noConnection: ClientProblem = {
  code: "no_connection",
  detail: "The server did not answer. Try again.",
};

export const discarded: ClientProblem = {
  code: "discarded",
  detail: "It was taken back before it was sent.",
};

export const givenUp: ClientProblem = {
  code: "given_up",
  detail: "Something else was asked for, or the chat was closed.",
};

export const outdated: ClientProblem = {
  code: "outdated",
  detail: "The server has another version. Reload the page, or update.",
};

export const unauthorized: ClientProblem = {
  code: "unauthorized",
  detail: "Not signed in, or the session has ended. Sign in again.",
};

export const otherSender: ClientProblem = {
  code: "other_sender",
  detail: "Written under a name that was signed out since.",
};

export function succeed<Value>(value: Value): Outcome<Value> {
  return { ok: true, value };
}

export function fail(error: ClientProblem): { readonly ok: false; readonly error: ClientProblem } {
  return { ok: false, error };
}

/** Whether the same may succeed later, by waiting alone. A code of a later server may say so by a time. */
export function isPassing({ code, retryAfter }: ClientProblem): boolean {
  return passing.has(code) || retryAfter !== undefined;
}

/** As above; but a fault of the server may be there for good, and is not asked for without end. */
export function isAway(problem: ClientProblem): boolean {
  return problem.code !== "internal_error" && isPassing(problem);
}

/** The longest wait that a server may ask for, in milliseconds. */
export const LONGEST_WAIT = 60_000;

/** How often a fault of the server is met before it counts. */
export const FAULTS = 3;

/** Milliseconds between two tries of what failed in passing. */
export const RETRY = 2_000;

/** Milliseconds until the same may be tried again. */
export function waitFor({ retryAfter }: ClientProblem, usual: number): number {
  return retryAfter === undefined ? usual : Math.min(retryAfter * 1_000, LONGEST_WAIT);
}

const passing: ReadonlySet<string> = new Set([
  "no_connection",
  "no_token",
  "internal_error",
  "store_unavailable",
  "store_full",
]);

/** What a server said went wrong, or `null` if that is no problem of Snug's. */
export function readProblem(json: unknown): ClientProblem | null {
  const { code, detail, field, retryAfter } = (json ?? {}) as Record<string, unknown>;
  if (typeof code !== "string" || typeof detail !== "string") return null;
  return {
    // A code that this version does not know is carried on as it is.
    code: code as Code,
    detail,
    ...(typeof field === "string" && { field }),
    ...(typeof retryAfter === "number" && { retryAfter }),
  };
}
