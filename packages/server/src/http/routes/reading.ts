import { answers, MarkRead, SetLevel } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { outcomeOf } from "../outcome.ts";
import { route } from "../route.ts";

export const markRead = route({
  method: "PUT",
  path: "/v1/rooms/:room/read",
  summary: "Up to where you have read the room, or a thread in it",
  signedIn: true,
  body: MarkRead,
  answers: { 204: null },
  refusals: ["forbidden", "message_not_found"],
  async run({ world, actor, params, body }) {
    const mark = { room: params["room"] ?? "", ...body };
    const marked = await outcomeOf(world, await world.chat.execute("mark-read", actor, mark));
    return marked.ok ? noContent() : problem(marked.error);
  },
});

export const listReads = route({
  method: "GET",
  path: "/v1/rooms/:room/reads",
  summary: "How far each has read who lets others see it, in rooms that are not large",
  signedIn: true,
  answers: { 200: answers.Reads },
  refusals: [],
  async run({ world, actor, params }) {
    const reads = await world.chat.execute("list-reads", actor, { room: params["room"] ?? "" });
    return reads.ok ? answer(200, { reads: reads.value }) : problem(reads.error);
  },
});

export const setLevel = route({
  method: "PUT",
  path: "/v1/rooms/:room/level",
  summary: "What of the room calls for you",
  signedIn: true,
  body: SetLevel,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params, body }) {
    const level = { room: params["room"] ?? "", ...body };
    const set = await world.chat.execute("set-level", actor, level);
    return set.ok ? noContent() : problem(set.error);
  },
});
