import { afterEach, expect, test } from "bun:test";
import { World } from "./testing.ts";
import { until } from "./testing/until.ts";

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

test("[SDK1] one's own messages bear one's new name once the chat has signed in anew", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  await ada.post("hello");
  const chat = world.chat({ url: server.url, token: ada.token });
  const room = chat.room("general");
  await until(room.messages, (messages) => messages.length === 1);
  await ada.call("PATCH", "/v1/me", { name: "Ada L." });
  chat.reconnect();
  await until(room.messages, ([first]) => first?.author?.name === "Ada L.");
});

test("[SDK1] one's own new name and picture are seen at once, over the same connection", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  await ada.post("hello");
  const chat = world.chat({ url: server.url, token: ada.token });
  const room = chat.room("general");
  await until(room.messages, (messages) => messages.length === 1);
  const statuses: string[] = [];
  world.after(chat.connection.subscribe(() => statuses.push(chat.connection.get().status)));
  const changed = await chat.call("PATCH /v1/me", { body: { name: "Ada L.", avatar: "AL" } });
  expect(changed.ok).toBe(true);
  expect(chat.connection.get().user).toMatchObject({ name: "Ada L.", avatar: "AL" });
  expect(room.messages.get()[0]?.author).toMatchObject({ name: "Ada L.", avatar: "AL" });
  expect(statuses).toEqual(["live"]);
});
