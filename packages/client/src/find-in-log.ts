import type { Event, Message } from "@snug/protocol";
import type { Outcome } from "./api.ts";
import { roomPath, type Http } from "./http.ts";
import type { Entry } from "./outbox-storage.ts";
import { succeed } from "./problem.ts";

const LARGEST_PAGE = 200;

/** The message that this entry became, if it was stored: read from the place where it was written on. */
export async function findInLog(
  http: Http,
  { room, after, clientId }: Pick<Entry, "room" | "after" | "clientId">,
  by: string,
  signal: AbortSignal,
): Promise<Outcome<Message | null>> {
  let cursor = after;
  for (;;) {
    const query = new URLSearchParams({ limit: String(LARGEST_PAGE) });
    if (cursor !== null) query.set("after", cursor);
    const page = await http.call<{ events: Event[]; cursor: string }>(
      "GET",
      `${roomPath(room)}/events?${query}`,
      { signal },
    );
    if (!page.ok) return page;
    for (const event of page.value.events) {
      if (event.type !== "message.posted" || event.by !== by || event.clientId !== clientId)
        continue;
      const { type: _, ...message } = event;
      return succeed(message);
    }
    if (page.value.events.length === 0) return succeed(null);
    cursor = page.value.cursor;
  }
}
