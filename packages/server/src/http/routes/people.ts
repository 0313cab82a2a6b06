import { answers, ChangeMe, fail, UsersQuery } from "@snug/protocol";
import { InboxStream } from "../../gateway/inbox-stream.ts";
import { answer, noContent, problem } from "../answer.ts";
import { cookieToken, noCookie, sessionCookie } from "../credentials.ts";
import { route } from "../route.ts";
import { openStream } from "../stream-answer.ts";
import { wantsStream } from "../wants-stream.ts";

export const me = route({
  method: "GET",
  path: "/v1/me",
  summary: "Who you are, and your rooms",
  signedIn: true,
  answers: { 200: answers.Me },
  refusals: [],
  async run({ world, request, caller, actor }) {
    const shown = await world.chat.execute("show-me", actor);
    if (!shown.ok) return problem(shown.error);
    // A session lives on while it is used; its cookie would end all the same.
    const token = request.headers.has("authorization") ? null : cookieToken(request);
    return answer(
      200,
      { user: actor.user, admin: actor.admin && actor.scope === null, ...shown.value },
      token === null ? {} : { "set-cookie": sessionCookie(token, world.origins.isHttps(caller)) },
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

export const changeMe = route({
  method: "PATCH",
  path: "/v1/me",
  summary: "Change name, avatar, settings or password; a new password ends all other sessions",
  signedIn: true,
  body: ChangeMe,
  answers: { 200: answers.User },
  refusals: ["forbidden", "bad_credentials", "rate_limited"],
  async run({ world, caller, actor, body }) {
    const { address } = caller;
    const user = await world.chat.execute("change-me", actor, { ...body, address });
    return user.ok ? answer(200, { user: user.value }) : problem(user.error);
  },
});

export const eraseMe = route({
  method: "DELETE",
  path: "/v1/me",
  summary: "Erase yourself: the name goes everywhere, what you said stays, by nobody",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, caller, actor }) {
    const erased = await world.chat.execute("erase-me", actor);
    if (!erased.ok) return problem(erased.error);
    return noContent({ "set-cookie": noCookie(world.origins.isHttps(caller)) });
  },
});

export const findUsers = route({
  method: "GET",
  path: "/v1/users",
  summary: "People you share a room with, and accounts, by the beginning of their names",
  signedIn: true,
  query: UsersQuery,
  answers: { 200: answers.Users },
  refusals: ["forbidden"],
  async run({ world, actor, query }) {
    const users = await world.chat.execute("find-users", actor, query);
    return users.ok ? answer(200, { users: users.value }) : problem(users.error);
  },
});

export const meEvents = route({
  method: "GET",
  path: "/v1/me/events",
  summary: "Your rooms, live: whole at first, then what changes",
  signedIn: true,
  answers: { 200: null },
  streams: true,
  refusals: ["invalid_request", "rate_limited"],
  run(call) {
    const { world, request, actor } = call;
    if (!wantsStream(request)) {
      return problem(fail("invalid_request", "Ask for it with Accept: text/event-stream.").error);
    }
    return openStream(
      call,
      (wire) => new InboxStream({ ...world.streams, chat: world.chat }, wire, actor),
    );
  },
});
