import { afterEach, expect, test } from "bun:test";
import type { SnugChat } from "./chat.ts";
import { until } from "./testing/until.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

async function enter(chat: SnugChat, name: string) {
  const entered = await chat.becomeGuest(name);
  if (!entered.ok) throw new Error(entered.error.detail);
  const room = chat.room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  return room;
}

const isSent = (items: readonly { readonly state: string }[]) =>
  items.every(({ state }) => state === "sent");

test("[SDK13] a file is uploaded, shown with what is written, and posted without a text", async () => {
  const server = await world.server();
  const chat = world.chat({ url: server.url });
  const room = await enter(chat, "Ada");
  const parts: number[] = [];
  const uploaded = await room.upload(new File(["hello"], "../a.txt"), {
    onProgress: (part) => parts.push(part),
  });
  if (!uploaded.ok) throw new Error(uploaded.error.detail);
  const file = uploaded.value;
  expect(file).toEqual({ id: file.id, name: "a.txt", type: "text/plain", size: 5 });
  expect([parts[0], parts.at(-1)]).toEqual([0, 1]);
  expect(room.post("").ok).toBe(false);
  const posting = room.post("", { files: [file] });
  if (!posting.ok) throw new Error(posting.error.detail);
  expect(room.messages.get().at(-1)).toMatchObject({ text: "", files: [file], mine: true });
  expect(await posting.value.sent).toMatchObject({ ok: true, value: { files: [file] } });

  const url = chat.fileUrl(file.id);
  expect([url.get(), chat.fileUrl(file.id)]).toEqual([null, url]);
  world.after(url.subscribe(() => {}));
  await until(url, (known) => known !== null);
  expect(await (await fetch(url.get() ?? "")).text()).toBe("hello");
  const preview = chat.fileUrl(file.id, { preview: true });
  expect((await fetch(preview.get() ?? "")).status).toBe(200);
});

test("[SDK13] a proxy that takes no body as large refuses it too, in words of its own", async () => {
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response("<html>413 Request Entity Too Large</html>", {
        status: 413,
        headers: { "content-type": "text/html" },
      }),
  });
  world.after(() => proxy.stop(true));
  const chat = world.chat({ url: proxy.url.origin, token: "t" });
  expect(await chat.room("general").upload(new Blob(["hello"]))).toMatchObject({
    ok: false,
    error: { code: "too_large" },
  });
});

test("[SDK13] an address that is looked at before there is a connection is there with it", async () => {
  const server = await world.server();
  const { token } = await server.guest("Ada");
  const first = world.chat({ url: server.url, token });
  const room = first.room("general");
  world.after(room.state.subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  const uploaded = await room.upload(new Blob(["hello"]));
  if (!uploaded.ok) throw new Error(uploaded.error.detail);
  const chat = world.chat({ url: server.url, token: async () => token });
  const url = chat.fileUrl(uploaded.value.id);
  world.after(url.subscribe(() => {}));
  world.after(chat.connection.subscribe(() => {}));
  await until(url, (known) => known !== null);
  expect(await (await fetch(url.get() ?? "")).text()).toBe("hello");
});

test("[SDK13] uploads of a list are retried and taken back one by one, and taken when all are there", async () => {
  const server = await world.server({ fileLimits: { fileBytes: 1_000 } });
  const proxy = await world.proxy(server.url);
  const chat = world.chat({ url: proxy.url });
  const { uploads } = await enter(chat, "Ada");
  const state = () =>
    uploads.items.get().map((one) => `${one.name} ${one.state} ${one.problem?.code ?? ""}`);
  proxy.down();
  const lost = uploads.add(new Blob(["one"]), "one");
  expect([state(), uploads.take()]).toEqual([["one sending "], null]);
  await until(uploads.items, (items) => items[0]?.state === "failed");
  expect(state()).toEqual(["one failed no_connection"]);
  proxy.up();
  const large = uploads.add(new File([new Uint8Array(1_001)], "large"));
  const dropped = uploads.add(new Blob(["x"]), "dropped");
  uploads.retry(lost);
  await until(uploads.items, (items) => items.every((one) => one.state !== "sending"));
  expect(state()).toEqual(["one sent ", "large failed too_large", "dropped sent "]);
  expect(uploads.take()).toBeNull();
  const given = uploads.items.get()[2]?.file?.id ?? "";
  uploads.remove(dropped);
  uploads.remove(large);
  await until(uploads.items, isSent);
  const files = uploads.take();
  expect([files?.map(({ name }) => name), uploads.items.get()]).toEqual([["one"], []]);
  for (let tries = 0; tries < 200 && (await server.engine.store.file(given)); tries++)
    await Bun.sleep(10);
  expect(await server.engine.store.file(given)).toBeNull();

  const abort = new AbortController();
  const going = chat.room("general").upload(new Blob(["x"]), { signal: abort.signal });
  abort.abort();
  expect(await going).toMatchObject({ ok: false, error: { code: "discarded" } });
});

test("[SDK13] what one was about to send is nobody else's, in threads too", async () => {
  const server = await world.server();
  const chat = world.chat({ url: server.url });
  const room = await enter(chat, "Ada");
  const lists = [room.uploads, room.thread(1).uploads];
  for (const { add } of lists) add(new Blob(["mine"]), "mine");
  await chat.signOut();
  await enter(chat, "Bob");
  expect(lists.map(({ items }) => items.get())).toEqual([[], []]);
});
