import { expect, test } from "bun:test";
import { comeIn, log, say, speak, stage } from "./testing.ts";

const { serve, profile, tab } = stage();

test("what the page asks first is asked once, while its script is on its way; what a stranger was answered is not what who came in is shown", async () => {
  const server = await serve();
  await speak(await server.guest("Bob"), ["hello"]);
  const context = await profile();
  const ada = await tab(context, "about:blank");
  const answers: string[] = [];
  let both = Promise.withResolvers<void>();
  ada.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (/\/(me|messages)$/.test(pathname)) answers.push(`${pathname} ${response.status()}`);
    if (answers.length === 2) both.resolve();
  });
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  await log(ada).getByText("hello").waitFor();
  expect(answers.toSorted()).toEqual([
    "/v1/me 200",
    "/v1/me 401",
    "/v1/rooms/general/messages 200",
    "/v1/rooms/general/messages 401",
  ]);

  // The script waits until both are answered.
  answers.length = 0;
  both = Promise.withResolvers();
  await ada.route(/\/assets\/.*\.js$/, async (route) => {
    await both.promise;
    await route.continue();
  });
  await ada.goto(`${server.url}/r/general`);
  await log(ada).getByText("hello").waitFor();
  expect(answers.toSorted()).toEqual(["/v1/me 200", "/v1/rooms/general/messages 200"]);
});

test("what is loaded later and does not come says so, and the room stays", async () => {
  const server = await serve();
  const ada = await tab(await profile(), "about:blank", [/net::ERR_FAILED/]);
  await ada.route(/\/assets\/rare-.*\.js$/, (route) => route.abort());
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  await log(ada).press("?");
  await ada.getByRole("dialog", { name: "This did not load" }).waitFor();
  await ada.keyboard.press("Escape");
  await say(ada, "hello");
  await log(ada).getByText("hello").waitFor();
});
