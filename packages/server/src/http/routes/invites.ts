import { answers, CreateInvite } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const createInvite = route({
  method: "POST",
  path: "/v1/rooms/:room/invites",
  summary: "Make a link that leads into a room: to read or to post, so often, so long",
  signedIn: true,
  body: CreateInvite,
  answers: { 201: answers.NewInvite },
  refusals: ["forbidden", "rate_limited"],
  async run({ world, caller, actor, params, body }) {
    const room = params["room"] ?? "";
    const made = await world.chat.execute("create-invite", actor, { room, ...body });
    if (!made.ok) return problem(made.error);
    const { id, invite } = made.value;
    // Behind the #, which browsers send to nobody and no log keeps.
    const url = `${world.origins.own(caller)}/r/${room}#invite=${invite}`;
    return answer(201, { id, invite, url });
  },
});

export const listInvites = route({
  method: "GET",
  path: "/v1/rooms/:room/invites",
  summary: "Invites that can still be used: all of the room's for its moderators, else your own",
  signedIn: true,
  answers: { 200: answers.Invites },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const invites = await world.chat.execute("list-invites", actor, { room: params["room"] ?? "" });
    return invites.ok ? answer(200, { invites: invites.value }) : problem(invites.error);
  },
});

export const endInvite = route({
  method: "DELETE",
  path: "/v1/rooms/:room/invites/:invite",
  summary: "Revoke an invite",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "invite_not_found"],
  async run({ world, actor, params }) {
    const { room = "", invite = "" } = params;
    const ended = await world.chat.execute("end-invite", actor, { room, invite });
    return ended.ok ? noContent() : problem(ended.error);
  },
});
