import type { Event, Gap } from "@snug/protocol";
import type { Outcome } from "./api.ts";
import type { Credentials } from "./credentials.ts";
import { fail, noConnection, readProblem, succeed } from "./problem.ts";

/** Milliseconds that an answer may take. */
const ANSWER = 15_000;
export const LARGEST_PAGE = 200;

interface CallOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Calls of the HTTP door. Whatever goes wrong comes back as a value. */
export class Http {
  /** Without a slash at its end. */
  readonly url: string;
  readonly credentials: Credentials;

  constructor(url: string, credentials: Credentials) {
    this.url = url;
    this.credentials = credentials;
  }

  /** The answer's JSON, whose shape is the protocol's; `null` for an answer without one. */
  async call<Answer>(
    method: string,
    path: string,
    { body, signal }: CallOptions = {},
  ): Promise<Outcome<Answer>> {
    const signals = [AbortSignal.timeout(ANSWER), ...(signal ? [signal] : [])];
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          ...this.authorization(),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any(signals),
      });
      const text = await response.text();
      if (response.status === 204) return succeed(null as Answer);
      const json: unknown = JSON.parse(text);
      if (response.ok && json instanceof Object) return succeed(json as Answer);
      // Somebody in between may answer in the server's place, a hotel's login page say.
      return fail(readProblem(json) ?? noConnection);
    } catch {
      return fail(noConnection);
    }
  }

  /** As `call`; and once more with another token, where that of a provider is missing or refused. */
  async ask<Answer>(
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<Outcome<Answer>> {
    const { credentials } = this;
    const { current, canRenew } = credentials;
    const answer = await this.call<Answer>(method, path, options);
    if (answer.ok || answer.error.code !== "unauthorized" || !canRenew) return answer;
    // Another may have been asked for meanwhile.
    if (credentials.current === current) credentials.use(null);
    const token = await credentials.token(options.signal);
    return token.ok ? this.call(method, path, options) : token;
  }

  /** What a room's log says after this place, up to `LARGEST_PAGE` events. */
  events(room: string, after: string, signal: AbortSignal): Promise<Outcome<EventPage>> {
    const query = `after=${encodeURIComponent(after)}&limit=${LARGEST_PAGE}`;
    return this.call("GET", `${roomPath(room)}/events?${query}`, { signal });
  }

  /** A stream of server-sent events, as bytes. */
  async stream(path: string, signal: AbortSignal): Promise<Outcome<ReadableStream<Uint8Array>>> {
    try {
      const response = await fetch(this.url + path, {
        headers: { ...this.authorization(), accept: "text/event-stream" },
        cache: "no-store",
        signal,
      });
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
      if (response.ok && isStream && response.body) return succeed(response.body);
      return fail(readProblem(await response.json()) ?? noConnection);
    } catch {
      return fail(noConnection);
    }
  }

  /** What says who asks, where that is not the cookie. */
  authorization(): Record<string, string> {
    const token = this.credentials.current;
    return token === null ? {} : { authorization: `Bearer ${token}` };
  }
}

interface EventPage {
  readonly events: readonly Event[];
  readonly cursor: string;
  readonly gap?: Gap;
}

export function pathOfFile(file: string): string {
  return `/v1/files/${encodeURIComponent(file)}`;
}

export function roomPath(room: string): string {
  return `/v1/rooms/${encodeURIComponent(room)}`;
}
