import { answers } from "@snug/protocol";
import { toRoom } from "../../core/place.ts";
import { answer, problem } from "../answer.ts";
import { route } from "../route.ts";

export const listRooms = route({
  method: "GET",
  path: "/v1/rooms",
  summary: "Public rooms, and yours",
  signedIn: true,
  answers: { 200: answers.Rooms },
  refusals: [],
  async run({ world, actor }) {
    const rooms = await world.chat.execute("list-rooms", actor, { which: "visible" });
    return rooms.ok ? answer(200, { rooms: rooms.value }) : problem(rooms.error);
  },
});

export const showRoom = route({
  method: "GET",
  path: "/v1/rooms/:room",
  summary: "One room",
  signedIn: true,
  answers: { 200: answers.Room },
  refusals: ["room_not_found"],
  async run({ world, actor, params }) {
    const room = await world.chat.execute("open-room", actor, { room: params["room"] ?? "" });
    return room.ok ? answer(200, { room: toRoom(room.value.room) }) : problem(room.error);
  },
});

export const listMembers = route({
  method: "GET",
  path: "/v1/rooms/:room/members",
  summary: "Who is in a room",
  signedIn: true,
  answers: { 200: answers.Members },
  refusals: ["room_not_found"],
  async run({ world, actor, params }) {
    const members = await world.chat.execute("list-members", actor, { room: params["room"] ?? "" });
    return members.ok ? answer(200, { members: members.value }) : problem(members.error);
  },
});
