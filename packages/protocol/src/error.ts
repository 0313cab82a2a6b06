/** Each code with its HTTP status and the title of its kind. Codes are stable; texts are not. */
export const codes = {
  invalid_request: [400, "The request is not valid"],
  invalid_cursor: [400, "The cursor is not valid"],
  unauthorized: [401, "Not signed in"],
  bad_credentials: [401, "Wrong username or password"],
  forbidden: [403, "Not allowed"],
  not_found: [404, "There is nothing here"],
  room_not_found: [404, "Room not found"],
  message_not_found: [404, "Message not found"],
  file_not_found: [404, "File not found"],
  user_not_found: [404, "User not found"],
  session_not_found: [404, "Session not found"],
  invite_not_found: [404, "Invite not found"],
  token_not_found: [404, "Token not found"],
  method_not_allowed: [405, "Method not allowed"],
  client_id_conflict: [409, "The client id was used for something else"],
  username_taken: [409, "The username is taken"],
  name_taken: [409, "The name is taken"],
  room_full: [409, "The room is full"],
  room_gone: [410, "The room was destroyed"],
  too_large: [413, "Too large"],
  range_not_satisfiable: [416, "No such part of the file"],
  unsupported_type: [415, "Unsupported content type"],
  rate_limited: [429, "Too much, too fast"],
  internal_error: [500, "Something went wrong here"],
  store_unavailable: [503, "The store cannot be reached"],
  store_full: [507, "The store is full"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type Code = keyof typeof codes;

/** What a peer may cause: a value, never thrown. `detail` says what to do next. */
export interface Problem {
  readonly code: Code;
  readonly detail: string;
  /** The part of the input that is wrong, as a path: `text`, `user.name`. */
  readonly field?: string;
  /** Seconds after which the same may succeed. */
  readonly retryAfter?: number;
}

export type Failure = { readonly ok: false; readonly error: Problem };
export type Result<Value> = { readonly ok: true; readonly value: Value } | Failure;

export function succeed<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function fail(
  code: Code,
  detail: string,
  more: Pick<Problem, "field" | "retryAfter"> = {},
): Failure {
  return { ok: false, error: { code, detail, ...more } };
}

/** RFC 9457 problem details, media type `application/problem+json`. */
export function toProblemDetails(problem: Problem) {
  const [status, title] = codes[problem.code];
  const { code, ...rest } = problem;
  return { type: `urn:snug:error:${code}`, title, status, code, ...rest };
}
