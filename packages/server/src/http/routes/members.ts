import { AddMember, answers, ChangeMember, JoinRoom } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const listMembers = route({
  method: "GET",
  path: "/v1/rooms/:room/members",
  summary: "Who is in a room",
  signedIn: true,
  answers: { 200: answers.Members },
  refusals: [],
  async run({ world, actor, params }) {
    const members = await world.chat.execute("list-members", actor, { room: params["room"] ?? "" });
    return members.ok ? answer(200, { members: members.value }) : problem(members.error);
  },
});

export const joinRoom = route({
  method: "PUT",
  path: "/v1/rooms/:room/members/me",
  summary: "Join a public room, an ephemeral one, or the one an invite leads to",
  signedIn: true,
  body: JoinRoom,
  answers: { 200: answers.Room },
  refusals: ["forbidden", "room_full", "rate_limited"],
  async run({ world, actor, params, body }) {
    const room = params["room"] ?? "";
    const joined = await world.chat.execute("join-room", actor, { room, ...body });
    return joined.ok ? answer(200, { room: joined.value }) : problem(joined.error);
  },
});

export const leaveRoom = route({
  method: "DELETE",
  path: "/v1/rooms/:room/members/me",
  summary: "Leave a room",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const left = await world.chat.execute("leave-room", actor, { room: params["room"] ?? "" });
    return left.ok ? noContent() : problem(left.error);
  },
});

export const addMember = route({
  method: "PUT",
  path: "/v1/rooms/:room/members/:user",
  summary: "Bring somebody in",
  signedIn: true,
  body: AddMember,
  answers: { 204: null },
  refusals: ["forbidden", "user_not_found", "room_full"],
  async run({ world, actor, params, body }) {
    const { room = "", user = "" } = params;
    const added = await world.chat.execute("add-member", actor, { room, user, role: body.role });
    return added.ok ? noContent() : problem(added.error);
  },
});

export const changeMember = route({
  method: "PATCH",
  path: "/v1/rooms/:room/members/:user",
  summary: "Give a role",
  signedIn: true,
  body: ChangeMember,
  answers: { 204: null },
  refusals: ["forbidden", "user_not_found"],
  async run({ world, actor, params, body }) {
    const { room = "", user = "" } = params;
    const changed = await world.chat.execute("change-member", actor, {
      room,
      user,
      role: body.role,
    });
    return changed.ok ? noContent() : problem(changed.error);
  },
});

export const removeMember = route({
  method: "DELETE",
  path: "/v1/rooms/:room/members/:user",
  summary: "Send somebody out",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "user_not_found"],
  async run({ world, actor, params }) {
    const { room = "", user = "" } = params;
    const gone = await world.chat.execute("remove-member", actor, { room, user, ban: false });
    return gone.ok ? noContent() : problem(gone.error);
  },
});

export const listBans = route({
  method: "GET",
  path: "/v1/rooms/:room/bans",
  summary: "Who may not come in",
  signedIn: true,
  answers: { 200: answers.Users },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const banned = await world.chat.execute("list-bans", actor, { room: params["room"] ?? "" });
    return banned.ok ? answer(200, { users: banned.value }) : problem(banned.error);
  },
});

export const ban = route({
  method: "PUT",
  path: "/v1/rooms/:room/bans/:user",
  summary: "Send somebody out who may not come back",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "user_not_found"],
  async run({ world, actor, params }) {
    const { room = "", user = "" } = params;
    const banned = await world.chat.execute("remove-member", actor, { room, user, ban: true });
    return banned.ok ? noContent() : problem(banned.error);
  },
});

export const liftBan = route({
  method: "DELETE",
  path: "/v1/rooms/:room/bans/:user",
  summary: "Let somebody come back",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const { room = "", user = "" } = params;
    const lifted = await world.chat.execute("lift-ban", actor, { room, user });
    return lifted.ok ? noContent() : problem(lifted.error);
  },
});
