import { afterEach, expect, test } from "bun:test";
import { World } from "./testing.ts";
import { until } from "./testing/until.ts";

const world = new World();
afterEach(() => world.end());

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
  // The name comes as an event too, before or after the answer.
  expect(new Set(statuses)).toEqual(new Set(["live"]));
});

test("[SDK1] one's own new name that another session gave is seen over the same connection", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  const chat = world.chat({ url: server.url, token: ada.token });
  const room = chat.room("general");
  await until(room.state, ({ status }) => status === "live");
  await ada.call("PATCH", "/v1/me", { name: "Ada L." });
  await until(chat.connection, ({ user }) => user?.name === "Ada L.");
  expect(chat.connection.get()).toMatchObject({ status: "live", user: { id: ada.user.id } });
});
