import { answers } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { noCookie } from "../credentials.ts";
import { route } from "../route.ts";

export const listSessions = route({
  method: "GET",
  path: "/v1/sessions",
  summary: "Your signed-in devices",
  signedIn: true,
  answers: { 200: answers.Sessions },
  refusals: ["forbidden"],
  async run({ world, actor }) {
    const sessions = await world.chat.execute("list-sessions", actor);
    return sessions.ok ? answer(200, { sessions: sessions.value }) : problem(sessions.error);
  },
});

export const endSession = route({
  method: "DELETE",
  path: "/v1/sessions/:session",
  summary: "Sign a device out; `current` is this one, `others` all but this one",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "session_not_found"],
  async run({ world, caller, actor, params }) {
    const session = params["session"] ?? "";
    const ended =
      session === "others"
        ? await world.chat.execute("end-sessions", actor, { others: true })
        : await world.chat.execute("end-session", actor, { session });
    if (!ended.ok) return problem(ended.error);
    const current = session === "current" || session === actor.session;
    return noContent(current ? { "set-cookie": noCookie(world.origins.isHttps(caller)) } : {});
  },
});

export const endSessions = route({
  method: "DELETE",
  path: "/v1/sessions",
  summary: "Sign all devices out, this one too",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, caller, actor }) {
    const ended = await world.chat.execute("end-sessions", actor, { others: false });
    if (!ended.ok) return problem(ended.error);
    return noContent({ "set-cookie": noCookie(world.origins.isHttps(caller)) });
  },
});
