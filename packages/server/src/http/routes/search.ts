import { answers, SearchQuery } from "@snug/protocol";
import { answer, problem } from "../answer.ts";
import { route } from "../route.ts";

export const search = route({
  method: "GET",
  path: "/v1/search",
  summary:
    "Messages in the rooms you may read, the newest first: words, phrases, from:, in:, before:, after:, -",
  signedIn: true,
  query: SearchQuery,
  answers: { 200: answers.Search },
  refusals: ["room_not_found", "room_gone", "invalid_cursor"],
  async run({ world, actor, query }) {
    const page = await world.chat.execute("search", actor, query);
    if (!page.ok) return problem(page.error);
    const { users, next } = page.value;
    const hits = page.value.hits.map(
      ({ room, message, highlight }) =>
        `{"room":"${room}","message":${message},"highlight":${JSON.stringify(highlight)}}`,
    );
    const rest = JSON.stringify({ users, ...(next !== null && { next }) });
    return answer(200, `{"hits":[${hits.join(",")}],${rest.slice(1)}`);
  },
});
