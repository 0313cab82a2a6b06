import { answers, CreateToken } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const createToken = route({
  method: "POST",
  path: "/v1/tokens",
  summary: "Make a token for a program: to read, or to post too, everywhere or in one room alone",
  signedIn: true,
  body: CreateToken,
  answers: { 201: answers.NewToken },
  refusals: ["forbidden", "room_not_found", "room_gone", "rate_limited"],
  async run({ world, actor, body }) {
    const made = await world.chat.execute("create-token", actor, body);
    return made.ok ? answer(201, made.value) : problem(made.error);
  },
});

export const listTokens = route({
  method: "GET",
  path: "/v1/tokens",
  summary: "Your tokens",
  signedIn: true,
  answers: { 200: answers.Tokens },
  refusals: ["forbidden"],
  async run({ world, actor }) {
    const tokens = await world.chat.execute("list-tokens", actor);
    return tokens.ok ? answer(200, { tokens: tokens.value }) : problem(tokens.error);
  },
});

export const endToken = route({
  method: "DELETE",
  path: "/v1/tokens/:token",
  summary: "Revoke a token",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "token_not_found"],
  async run({ world, actor, params }) {
    const ended = await world.chat.execute("end-token", actor, { token: params["token"] ?? "" });
    return ended.ok ? noContent() : problem(ended.error);
  },
});
