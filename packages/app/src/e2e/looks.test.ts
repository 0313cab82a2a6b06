import { expect, test } from "bun:test";
import { expectInside, findings } from "./inside.ts";
import {
  comeIn,
  composer,
  goOffline,
  log,
  nameField,
  networkIsDown,
  say,
  speak,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();
const longName = "N".repeat(64);

test("nothing goes out of sight sideways at any width, and what is pressed is 44 px high", async () => {
  const server = await serve();
  const bob = await server.guest("B".repeat(64));
  await speak(bob, hostile);
  const page = await tab(await profile(), server.url);
  await nameField(page).waitFor();
  await expectInside(page, "the entrance");
  await comeIn(page, longName);
  await say(page, "w".repeat(300));
  await page.getByText("w".repeat(300)).waitFor();
  await expectInside(page, "the room");
  const hall = await bob.room("public", { name: longName });
  await page.goto(`${server.url}/r/${hall}`);
  await page.getByText("Join to write").click();
  await say(page, "hello");
  await page.getByText("The beginning of").waitFor();
  await expectInside(page, "a room with a long name");
});

test("with letters twice as large one sees what one writes and the room's name, beside or above the buttons", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const lunch = await bob.room("ephemeral", { name: "A quick lunch" });
  const page = await tab(await profile({ viewport: { width: 390, height: 800 } }), server.url);
  await comeIn(page, "Ada");
  const seen = () =>
    composer(page).evaluate((field) => {
      const box = field.parentElement?.getBoundingClientRect();
      return { field: field.getBoundingClientRect().width, left: box?.left, right: box?.right };
    });
  const oneLine = await seen();
  expect(oneLine.field).toBeGreaterThan(150);
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  const { field, left, right } = await seen();
  expect(field).toBeGreaterThan(200);
  expect(left).toBeGreaterThanOrEqual(0);
  expect(right).toBeLessThanOrEqual(390);

  await page.goto(`${server.url}/r/${lunch}`);
  await composer(page).waitFor();
  await page.getByRole("button", { name: /here:/ }).waitFor();
  for (const [size, width] of [
    ["100%", 320],
    ["200%", 390],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate((letters) => {
      document.documentElement.style.fontSize = letters;
    }, size);
    const faults = await page.locator("header").evaluate((header) =>
      [...header.querySelectorAll("h1, button")]
        .map((part) => ({ part, box: part.getBoundingClientRect() }))
        .filter(
          ({ part, box }) =>
            box.left < 0 || box.right > innerWidth || (part.matches("h1") && box.width < 150),
        )
        .map(({ part }) => part.outerHTML),
    );
    expect(faults, `${size} at ${width} px`).toEqual([]);
  }
});

test("axe-core finds nothing, in light and in dark colours, in each state", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  // axe is put into the page, which the page's own policy forbids.
  // Colours that are on their way from one theme to the other have no contrast yet.
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const page = await tab(context, server.url, networkIsDown);
  await nameField(page).waitFor();
  expect(await findings(page)).toEqual([]);
  await comeIn(page, "Ada");
  await page.getByText(/nothing to read/i).waitFor();
  expect(await findings(page)).toEqual([]);
  await speak(bob, hostile);
  await say(page, "A word of my own");
  await page.getByText("A word of my own").waitFor();
  expect(await findings(page)).toEqual([]);
  await goOffline(context, server);
  await say(page, "waits");
  await log(page).locator("[data-state=waiting]").waitFor();
  await page.getByText("No connection").waitFor();
  expect(await findings(page)).toEqual([]);
});

test("each message says who, when and what to a screen reader, and new ones are told of apart", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await bob.post("from before");
  const page = await tab(await profile(), server.url);
  await comeIn(page, "Ada");
  await page.getByRole("article", { name: /^Bob .*\d.* from before$/ }).waitFor();
  await bob.post("and now");
  await page
    .getByRole("status")
    .getByText(/Bob.*and now/)
    .waitFor();
  expect(
    await page
      .getByRole("status")
      .getByText(/from before/)
      .count(),
  ).toBe(0);
  expect(await log(page).getAttribute("aria-live")).toBe("off");

  // The same once more is another change of what is said.
  const said = page.getByRole("status").getByText(/Bob.*and now/);
  await said.evaluate((one) => one.setAttribute("data-before", ""));
  await bob.post("and now");
  await said.and(page.locator(":not([data-before])")).waitFor();

  // Replies are told of where their thread is open.
  const article = page.getByRole("article", { name: / from before$/ });
  await article.hover();
  await page.getByRole("button", { name: "Reply in a thread" }).click();
  const thread = page.getByLabel("Thread", { exact: true });
  // Once it is loaded: what comes before that is history.
  await thread.getByRole("article", { name: / from before$/ }).waitFor();
  const seq = Number(
    await page.locator("main [data-seq]", { has: article }).getAttribute("data-seq"),
  );
  const reply = { clientId: "reply", text: "a reply to it", thread: seq };
  await bob.call("POST", "/v1/rooms/general/messages", reply);
  await thread
    .getByRole("status")
    .getByText(/Bob.*a reply to it/)
    .waitFor();
});

test("who prefers less motion gets none, and the theme is there from the first frame", async () => {
  const server = await serve();
  const page = await tab(
    await profile({ reducedMotion: "reduce", colorScheme: "dark" }),
    server.url,
  );
  await comeIn(page, "Ada");
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((part) => {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(part);
        const still = (time: string) => time.split(",").every((one) => parseFloat(one) < 0.01);
        return (
          (animationName !== "none" && !still(animationDuration)) || !still(transitionDuration)
        );
      }).length,
  );
  expect(moving).toBe(0);
  const [red = 255] = await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("2d");
    if (!context) return [];
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  });
  expect(red).toBeLessThan(80);
  expect(await composer(page).isVisible()).toBe(true);
});

const hostile = [
  "Short",
  `https://example.org/${"a-long-address/".repeat(20)}`,
  "const greet = (name) => {\n  console.log(`Hello, ${name}`);\n};",
  "🎉👍🏽",
  "مرحبا بالجميع",
  "line\n".repeat(60),
  "m".repeat(4_000),
  "Z̶̛̗͇̲̈́͗͝".repeat(40),
];
