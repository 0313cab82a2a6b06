import { answers, EventsQuery } from "@snug/protocol";
import { Stream } from "../../gateway/stream.ts";
import { answer, problem } from "../answer.ts";
import { route } from "../route.ts";
import { openStream, type StreamCall } from "../stream-answer.ts";
import { wantsStream } from "../wants-stream.ts";

export const readEvents = route({
  method: "GET",
  path: "/v1/rooms/:room/events",
  summary: "The log after a cursor: a page as JSON, or live with Accept: text/event-stream",
  signedIn: true,
  query: EventsQuery,
  answers: { 200: answers.Events },
  streams: true,
  refusals: ["invalid_cursor"],
  async run({ params, query, ...call }) {
    const { world, actor } = call;
    const room = params["room"] ?? "";
    if (wantsStream(call.request)) return stream(call, room, query.after);

    const page = await world.chat.execute("read-events", actor, {
      room,
      after: query.after,
      limit: query.limit,
    });
    if (!page.ok) return problem(page.error);
    const { events, users, cursor, gap } = page.value;
    const rest = JSON.stringify({ users, cursor, ...(gap && { gap }) });
    return answer(200, `{"events":[${events.join(",")}],${rest.slice(1)}`);
  },
});

async function stream(call: StreamCall, id: string, query: string | undefined): Promise<Response> {
  const { world, request, actor } = call;
  // The browser's own reconnect repeats the address, so what it saw last counts more.
  const last = request.headers.get("last-event-id");
  const place = last ? { after: last, field: "last-event-id" } : { after: query };
  const { gateway } = world.streams;
  const before = gateway.removals;
  const opened = await world.chat.execute("open-room", actor, { room: id, ...place });
  if (!opened.ok) return problem(opened.error);
  const { room, start } = opened.value;
  return openStream(call, (wire) => {
    const stream = new Stream(world.streams, wire, actor, room.id, start);
    if (gateway.hasLost(room.id, actor.user.id, before)) stream.lost(room.id, "forbidden");
    return stream;
  });
}
