import { codes, toProblemDetails, type Problem } from "@snug/protocol";

/** A JSON answer; `json` is text already where the stored text is the text that is sent. */
export function answer(
  status: number,
  json: string | object,
  headers: Record<string, string> = {},
): Response {
  return new Response(typeof json === "string" ? json : JSON.stringify(json), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

export function noContent(headers: Record<string, string> = {}): Response {
  return new Response(null, { status: 204, headers });
}

/** RFC 9457. */
export function problem(problem: Problem, headers: Record<string, string> = {}): Response {
  const [status] = codes[problem.code];
  const retry =
    problem.retryAfter === undefined ? {} : { "retry-after": String(problem.retryAfter) };
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return new Response(JSON.stringify(toProblemDetails(problem)), {
    status,
    headers: { "content-type": "application/problem+json", ...retry, ...challenge, ...headers },
  });
}
