import { afterEach, expect, test } from "bun:test";
import type { FoundMessage } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import type { FakeServer } from "./testing/fake-server.ts";
import { until } from "./testing/until.ts";
import { texts, World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

/** A server with a reply, which is on no page of the room's main list. */
function talk(): FakeServer {
  const server = world.fake();
  server.add("root");
  server.add("reply", { thread: 1 });
  return server;
}

const away = { code: "store_unavailable", detail: "Away.", retryAfter: 1 };
const gone = { code: "message_not_found", detail: "There is no such message." };
const refusal = (problem: object, status: number) => Response.json(problem, { status });

test("[SDK9] what cannot be found while the store is away is looked for again, what was refused when the room opens anew", async () => {
  const server = talk();
  const answers = [refusal(away, 503), refusal(gone, 404)];
  server.onCall = (_, { pathname }) =>
    pathname.endsWith("/messages/2") ? (answers.shift() ?? null) : null;
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock(50));
  const found = chat.room("general").find(2);
  const seen: FoundMessage["status"][] = [];
  world.after(found.subscribe(() => seen.push(found.get().status)));
  await until(found, ({ status }) => status === "missing");
  for (const socket of server.sockets) socket.close();
  await until(found, ({ message }) => message?.text === "reply");
  expect(seen).toEqual(["missing", "loading", "found"]);
});

test("[SDK9] whoever signs in next finds nothing in a room that nobody looks at of what the one before them saw", async () => {
  const server = talk();
  const clock = new FastClock(50);
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  world.after(chat.connection.subscribe(() => {}));
  const room = chat.room("general");
  const thread = room.thread(1);
  const stores = [room.messages, thread.messages, room.find(2)] as const;
  const undo = [...stores, room.state, thread.state].map(({ subscribe }) => subscribe(() => {}));
  await until(room.messages, ({ length }) => length === 1);
  await until(thread.messages, ({ length }) => length === 1);
  await until(room.find(2), ({ status }) => status === "found");
  for (const each of undo) each();
  await new Promise<void>((resolve) => clock.after(2_000, resolve));
  expect(texts(room.messages.get())).toEqual(["root"]);
  expect([thread.messages.get(), thread.state.get().root]).toEqual([[], null]);
  Object.assign(server.user, { id: "u_next" });
  chat.reconnect();
  await until(chat.connection, ({ user }) => user?.id === "u_next");
  expect([room.messages.get(), room.state.get().messages, room.state.get().room]).toEqual([
    [],
    [],
    null,
  ]);
  expect(room.find(2).get()).toEqual({ status: "loading", message: null });
});
