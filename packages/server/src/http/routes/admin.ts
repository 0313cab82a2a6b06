import { answers } from "@snug/protocol";
import { answer, noContent, problem } from "../answer.ts";
import { route } from "../route.ts";

export const listPeople = route({
  method: "GET",
  path: "/v1/admin/people",
  summary: "Everybody here, for administrators",
  signedIn: true,
  answers: { 200: answers.People },
  refusals: ["forbidden"],
  async run({ world, actor }) {
    const people = await world.chat.execute("list-people", actor);
    return people.ok ? answer(200, { people: people.value }) : problem(people.error);
  },
});

export const listAllRooms = route({
  method: "GET",
  path: "/v1/admin/rooms",
  summary:
    "Every room, for administrators: names and sizes, no texts, no ephemeral rooms of others",
  signedIn: true,
  answers: { 200: answers.Rooms },
  refusals: ["forbidden"],
  async run({ world, actor }) {
    const rooms = await world.chat.execute("list-all-rooms", actor);
    return rooms.ok ? answer(200, { rooms: rooms.value }) : problem(rooms.error);
  },
});

export const erasePerson = route({
  method: "DELETE",
  path: "/v1/admin/people/:user",
  summary: "Erase somebody, for administrators: as DELETE /v1/me does it",
  signedIn: true,
  answers: { 204: null },
  refusals: ["forbidden", "user_not_found"],
  async run({ world, actor, params }) {
    const erased = await world.chat.execute("erase-person", actor, { user: params["user"] ?? "" });
    return erased.ok ? noContent() : problem(erased.error);
  },
});
