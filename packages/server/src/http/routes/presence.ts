import { answers } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const setTyping = route({
  method: "POST",
  path: "/v1/rooms/:room/typing",
  summary: "Tell the room that you are writing",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const typing = await world.chat.execute("set-typing", actor, { room: params["room"] ?? "" });
    return typing.ok ? noContent() : problem(typing.error);
  },
});

export const showPresence = route({
  method: "GET",
  path: "/v1/rooms/:room/presence",
  summary: "Who has the room open",
  signedIn: true,
  answers: { 200: answers.Presence },
  refusals: [],
  async run({ world, actor, params }) {
    const here = await world.chat.execute("show-presence", actor, { room: params["room"] ?? "" });
    return here.ok ? answer(200, here.value) : problem(here.error);
  },
});
