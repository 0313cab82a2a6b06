import { answers } from "@snug/protocol";
import { answer, problem } from "../answer.ts";
import { cookieToken, sessionCookie } from "../credentials.ts";
import { route } from "../route.ts";

export const me = route({
  method: "GET",
  path: "/v1/me",
  summary: "Who you are, and your rooms",
  signedIn: true,
  answers: { 200: answers.Me },
  refusals: [],
  async run({ world, request, actor }) {
    const rooms = await world.chat.execute("list-rooms", actor, { which: "mine" });
    if (!rooms.ok) return problem(rooms.error);
    // A session lives on while it is used; its cookie would end all the same.
    const token = request.headers.has("authorization") ? null : cookieToken(request);
    return answer(
      200,
      { user: actor.user, rooms: rooms.value.map((room) => ({ room })) },
      token === null ? {} : { "set-cookie": sessionCookie(token, world.origins.isHttps(request)) },
    );
  },
});

export const showUser = route({
  method: "GET",
  path: "/v1/users/:user",
  summary: "Somebody you share a room with",
  signedIn: true,
  answers: { 200: answers.User },
  refusals: ["user_not_found"],
  async run({ world, actor, params }) {
    const user = await world.chat.execute("show-user", actor, { user: params["user"] ?? "" });
    return user.ok ? answer(200, { user: user.value }) : problem(user.error);
  },
});
