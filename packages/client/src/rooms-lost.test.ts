import { afterEach, expect, test } from "bun:test";
import { World } from "./testing.ts";
import { eventually, until } from "./testing/until.ts";

const world = new World();
afterEach(() => world.end());

test("[EPH1] [SDK1] a room that was destroyed is refused, and what was said in it is held no longer", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const bob = await server.guest("Bob");
  const id = await ada.room("ephemeral", { ttl: 60 });
  await bob.call("PUT", `/v1/rooms/${id}/members/me`, {});
  await ada.post("in passing", "c1", id);
  const chat = world.chat({ url: server.url, token: bob.token });
  const room = chat.room(id);
  await until(room.messages, (messages) => messages.length === 1);
  let resets = 0;
  world.after(room.onReset(() => void resets++));
  await ada.call("DELETE", `/v1/rooms/${id}`);
  const state = await until(room.state, ({ status }) => status === "refused");
  expect(state.problem?.code).toBe("room_gone");
  expect([state.messages, room.messages.get(), resets]).toEqual([[], [], 1]);
});

test("[EPH1] of an ephemeral room that nobody looks at nothing is held: nobody would hear of its end", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const id = await ada.room("ephemeral", { ttl: 60 });
  await ada.post("in passing", "c1", id);
  const room = world.chat({ url: server.url, token: ada.token }).room(id);
  let resets = 0;
  world.after(room.onReset(() => void resets++));
  await until(room.messages, (messages) => messages.length === 1);
  await eventually(() => room.messages.get().length === 0);
  expect([room.state.get().messages, resets]).toEqual([[], 0]);
  // Looked at again, it is read again.
  await until(room.messages, (messages) => messages[0]?.state === "sent");
});

test("[SDK1] who is sent away and comes back within a moment is let in again", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const bob = await server.guest("Bob");
  const id = await ada.room("public", { name: "loft" });
  const join = () => bob.call("PUT", `/v1/rooms/${id}/members/me`, {});
  await join();
  const chat = world.chat({ url: server.url, token: bob.token });
  const room = chat.room(id);
  await until(room.state, ({ status }) => status === "live");
  await ada.call("DELETE", `/v1/rooms/${id}/members/${bob.user.id}`);
  await until(room.state, ({ status }) => status === "refused");
  await join();
  await until(room.state, ({ status }) => status === "live");
  await ada.post("welcome back", "c1", id);
  await until(room.messages, (messages) => messages.at(-1)?.text === "welcome back");
});
