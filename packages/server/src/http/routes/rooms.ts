import { answers, ChangeRoom, CreateRoom } from "@snug/protocol";
import { toRoom } from "../../core/place.ts";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const listRooms = route({
  method: "GET",
  path: "/v1/rooms",
  summary: "Public rooms, and yours",
  signedIn: true,
  answers: { 200: answers.Rooms },
  refusals: [],
  async run({ world, actor }) {
    const rooms = await world.chat.execute("list-rooms", actor);
    return rooms.ok ? answer(200, { rooms: rooms.value }) : problem(rooms.error);
  },
});

export const showRoom = route({
  method: "GET",
  path: "/v1/rooms/:room",
  summary: "One room",
  signedIn: true,
  answers: { 200: answers.Room },
  refusals: [],
  async run({ world, actor, params }) {
    const room = await world.chat.execute("open-room", actor, { room: params["room"] ?? "" });
    return room.ok ? answer(200, { room: toRoom(room.value.room) }) : problem(room.error);
  },
});

export const createRoom = route({
  method: "POST",
  path: "/v1/rooms",
  summary: "Make a room; the direct room of the same people, if there is one, answers 200",
  signedIn: true,
  body: CreateRoom,
  answers: { 201: answers.Room, 200: answers.Room },
  refusals: ["forbidden", "user_not_found", "name_taken", "rate_limited"],
  async run({ world, actor, body }) {
    const made = await world.chat.execute("create-room", actor, body);
    if (!made.ok) return problem(made.error);
    return answer(made.value.existed ? 200 : 201, { room: made.value.room });
  },
});

export const changeRoom = route({
  method: "PATCH",
  path: "/v1/rooms/:room",
  summary: "Change name, topic or capacity; archive it or bring it back",
  signedIn: true,
  body: ChangeRoom,
  answers: { 200: answers.Room },
  refusals: ["forbidden", "name_taken"],
  async run({ world, actor, params, body }) {
    const room = params["room"] ?? "";
    const changed = await world.chat.execute("change-room", actor, { room, change: body });
    return changed.ok ? answer(200, { room: changed.value }) : problem(changed.error);
  },
});

export const destroyRoom = route({
  method: "DELETE",
  path: "/v1/rooms/:room",
  summary: "Destroy a room, and erase all that was in it",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden"],
  async run({ world, actor, params }) {
    const gone = await world.chat.execute("destroy-room", actor, { room: params["room"] ?? "" });
    return gone.ok ? noContent() : problem(gone.error);
  },
});
