import { ROOM, type Run } from "./run.ts";
import {
  events,
  gap,
  type Json,
  object,
  parse,
  text,
  type WireEvent,
  WireFault,
  type WireGap,
} from "./wire.ts";

const ANSWERS_WITHIN = 10_000;
export const LARGEST_PAGE = 200;

/** The store lost who is signed in. */
export class SessionLost extends Error {}

export interface Guest {
  id: string;
  token: string;
}

export interface Page {
  events: WireEvent[];
  cursor: string;
  gap: WireGap | undefined;
}

/** One call to Snug. Undefined when it was cut, or the server or its store was away meanwhile. */
export async function call(
  run: Run,
  cut: AbortSignal,
  path: string,
  init: RequestInit,
): Promise<{ status: number; body: Json } | undefined> {
  const passage = run.way.enter();
  try {
    const response = await fetch(`http://${passage.address}${path}`, {
      ...init,
      // A pooled connection may be one that a killed server left behind.
      keepalive: false,
      signal: AbortSignal.any([cut, AbortSignal.timeout(ANSWERS_WITHIN)]),
    });
    const answer = await response.text();
    if (cut.aborted) return undefined;
    if (response.status === 503 && passage.wasWithoutStore()) return undefined;
    // A house that is new again has its first room within a second.
    if (response.status === 410 && run.hasLost) return undefined;
    if (response.status === 401 && run.hasLost) throw new SessionLost(path);
    // So a balancer says it.
    if (response.status === 502 && passage.wasAway()) return undefined;
    return { status: response.status, body: parse(answer, `the answer to ${path}`) };
  } catch (error) {
    if (cut.aborted || (passage.wasAway() && !(error instanceof WireFault))) return undefined;
    throw error;
  }
}

export async function becomeGuest(
  run: Run,
  cut: AbortSignal,
  name: string,
): Promise<Guest | undefined> {
  const answer = await call(run, cut, "/v1/guests", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name }),
  });
  if (!answer) return undefined;
  if (answer.status !== 201)
    throw new WireFault(`no guest ${name}: ${JSON.stringify(answer.body)}`);
  const token = text(answer.body, "token");
  run.history.push({ kind: "secret", t: performance.now(), name: `${name}'s token`, value: token });
  return { id: text(object(answer.body.user, "user"), "id"), token };
}

export async function readPage(
  run: Run,
  cut: AbortSignal,
  token: string,
  after: string | undefined,
  limit: number,
): Promise<Page | undefined> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (after !== undefined) query.set("after", after);
  const answer = await call(run, cut, `/v1/rooms/${ROOM}/events?${query}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!answer) return undefined;
  const { status, body } = answer;
  if (status !== 200) throw new WireFault(`no page after ${after}: ${JSON.stringify(body)}`);
  const page = events(body);
  if (page.length > limit)
    throw new WireFault(`a page of ${page.length} where ${limit} were asked for`);
  return {
    events: page,
    cursor: text(body, "cursor"),
    gap: body.gap === undefined || body.gap === null ? undefined : gap(body.gap),
  };
}

/** The whole log, paged from its beginning. */
export async function readLog(run: Run, signal: AbortSignal, token: string): Promise<WireEvent[]> {
  const log: WireEvent[] = [];
  let after: string | undefined;
  while (true) {
    const page = await readPage(run, signal, token, after, LARGEST_PAGE);
    if (!page) throw new Error("the log could not be read to its end");
    if (page.gap) throw new WireFault(`a gap while paging the log: ${JSON.stringify(page.gap)}`);
    if (page.events.length === 0) return log;
    log.push(...page.events);
    after = page.cursor;
  }
}
