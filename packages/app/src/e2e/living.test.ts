import { systemClock } from "@snug/server";
import { expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { button, expectInside, findings, heading, listed, refusals } from "./inside.ts";
import { look, scrollBy, texts, watchDrift } from "./sight.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  goOffline,
  log,
  networkIsDown,
  say,
  speak,
  stage,
} from "./testing.ts";

const { serve, profile, freshProfile, tab } = stage();

const row = (page: Page, text: string) => log(page).first().locator("article", { hasText: text });
const edits = (page: Page) => page.getByRole("textbox", { name: "Edit the message" });
const thread = (page: Page) => page.getByRole("complementary", { name: "Thread" });
/** By a room's link: who comes is asked for a name, and joins. */
async function comeInto(page: Page): Promise<void> {
  await button(page, "Come in").click();
  await button(page, "Join to write").click();
  await composer(page).waitFor();
}
const isFocused = (part: Locator) => part.evaluate((element) => element === document.activeElement);

test("#16 #17 #22 #24 by keys alone: edit, walk, reply, react, thread, and back", async () => {
  const server = await serve();
  const context = await profile({ viewport: { width: 1440, height: 480 } });
  const ada = await tab(context, server.url);
  const bob = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await say(bob, "What is for dinner?");
  await log(ada).getByText("What is for dinner?").waitFor();
  const fillers = Array.from({ length: 14 }, (_, index) => `filler ${index}`);
  await speak(await server.guest("Cem"), fillers);
  await log(ada).getByText("filler 13").waitFor();
  await say(ada, "Sopu");
  await row(bob, "Sopu").waitFor();

  // Up in an empty field edits what one said last; Escape leaves it as it was.
  await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(edits(ada)), true);
  await ada.keyboard.type(" of the day");
  await ada.keyboard.press("Escape");
  await expectEventually(() => isFocused(composer(ada)), true);
  await expectEventually(() => row(ada, "Sopu").locator("[id$=text]").textContent(), "Sopu");
  await ada.keyboard.press("ArrowUp");
  await edits(ada).fill("Soup");
  await ada.keyboard.press("Enter");
  await row(bob, "Soup").getByText("edited").waitFor();
  await expectEventually(() => isFocused(composer(ada)), true);

  // Arrow keys walk; one stop of Tab is enough to come in again.
  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(row(ada, "Soup")), true);
  for (let step = 0; step < 15; step++) await ada.keyboard.press("ArrowUp");
  const question = row(ada, "What is for dinner?");
  await expectEventually(() => isFocused(question), true);
  expect(await log(ada).locator("article[tabindex='0']").count()).toBe(1);
  expect(await question.evaluate((one) => one.getBoundingClientRect().top > 0)).toBe(true);

  // E does nothing on what others said, + reacts, R answers.
  await ada.keyboard.press("e");
  expect(await edits(ada).count()).toBe(0);
  await ada.keyboard.press("+");
  await ada.getByRole("dialog", { name: "React" }).getByRole("button", { name: "👍" }).click();
  await expectEventually(() => isFocused(question), true);
  const chip = (page: Page, name: string) => log(page).getByRole("button", { name, exact: true });
  await chip(ada, "👍 1: you").waitFor();
  await scrollBy(bob, -10_000);
  await chip(bob, "👍 1: Ada").click();
  await chip(bob, "👍 2: Ada and you").waitFor();
  await chip(ada, "👍 2: you and Bob").waitFor();
  await ada.keyboard.press("Tab");
  await expectEventually(() => isFocused(chip(ada, "👍 2: you and Bob")), true);
  await expectEventually(() => chip(ada, "👍 2: you and Bob").locator(".tip").isVisible(), true);
  expect(await chip(ada, "👍 2: you and Bob").getAttribute("aria-pressed")).toBe("true");
  await ada.keyboard.press("Enter");
  await chip(bob, "👍 1: you").waitFor();

  await question.focus();
  await ada.keyboard.press("r");
  await ada.getByText("Answering").waitFor({ state: "attached" });
  await expectEventually(() => isFocused(composer(ada)), true);
  await ada.keyboard.press("Escape");
  expect(await ada.locator(".reply-bar").count()).toBe(0);
  await log(ada).focus();
  for (let step = 0; step < 16; step++) await ada.keyboard.press("ArrowUp");
  await expectEventually(() => isFocused(question), true);
  await ada.keyboard.press("r");
  await say(ada, "Leek soup");

  // The quote leads to what it answers, and there is a way back.
  const answer = row(bob, "Leek soup");
  await button(bob, /jump to latest/i).click();
  await answer.getByRole("button", { name: /In answer to Bob What is for dinner/ }).click();
  await row(bob, "What is for dinner?").and(bob.locator("[data-flashed]")).waitFor();
  expect((await look(bob)).toEnd).toBeGreaterThan(100);
  await button(bob, "Back to the answer").click();
  await answer.and(bob.locator("[data-flashed]")).waitFor();
  expect(await button(bob, "Back to the answer").count()).toBe(0);

  // A thread beside the room: its own list, its own draft, its own way to be known of.
  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("t");
  const written = composer(thread(ada));
  await written.waitFor();
  await expectEventually(() => isFocused(written), true);
  await written.pressSequentially("@bo");
  await ada.getByRole("option", { name: /Bob/ }).waitFor();
  await written.fill("half a reply");
  await composer(ada.locator("main")).fill("half a message");
  await ada.reload();
  await row(ada, "Leek soup").hover();
  await button(ada, "Reply in a thread").click();
  await expectEventually(() => written.inputValue(), "half a reply");
  expect(await composer(ada.locator("main")).inputValue()).toBe("half a message");
  // Asked for again, it is come back to.
  await log(ada.locator("main")).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("t");
  await expectEventually(() => isFocused(written), true);
  await written.press("Enter");
  await row(bob, "Leek soup")
    .getByRole("button", { name: /1 reply/ })
    .click();
  await thread(bob).getByText("half a reply").waitFor();
  await expectEventually(() => log(ada.locator("main")).getByText("half a reply").count(), 0);
  await thread(ada).press("Escape");
  expect(await thread(ada).count()).toBe(0);
}, 180_000);

test("a thread whose beginning was deleted or cleared is read on, and nothing can be written in it", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const ada = await tab(
    await profile({ viewport: { width: 1440, height: 800 } }),
    `${server.url}/r/${hall}`,
    refusals,
  );
  await comeInto(ada);
  const ends = async (question: string, end: (seq: string | null) => Promise<Response>) => {
    await say(ada, question);
    await row(ada, question).hover();
    await button(ada, "Reply in a thread").click();
    const written = composer(thread(ada));
    await written.fill("a reply");
    await written.press("Enter");
    await thread(ada).locator("[data-state=sent]", { hasText: "a reply" }).waitFor();
    const asked = log(ada.locator("main")).locator("[data-seq]", { hasText: question });
    expect((await end(await asked.getAttribute("data-seq"))).status).toBe(204);
    await thread(ada).getByText("nothing can be added").waitFor();
    expect(await written.count()).toBe(0);
    expect(await thread(ada).getByText("Say hello").count()).toBe(0);
  };
  const messages = `/v1/rooms/${hall}/messages`;
  await ends("One?", (seq) => owner.call("DELETE", `${messages}/${seq}`));
  const reply = thread(ada).getByRole("article", { name: / a reply$/ });
  await reply.hover();
  const deeds = reply.getByRole("group").getByRole("button");
  await expectEventually(
    () => deeds.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))),
    ["React", "Edit", "More"],
  );
  await thread(ada).press("Escape");
  await ends("Two?", () => owner.call("DELETE", messages));
  await composer(ada.locator("main")).waitFor();
}, 120_000);

test("#10 #19 #23 sends are seen at once and stay where they are; edits and deletes move nothing that is read", async () => {
  let now = new Date(2026, 10, 23, 9).getTime();
  const server = await serve({ clock: { ...systemClock, now: () => now } });
  const bob = await server.guest("Bob");
  const minutes = (count: number) => {
    now += count * 60_000;
  };
  await bob.post("first");
  minutes(4);
  await bob.post("soon after");
  minutes(6);
  await bob.post("later");
  minutes(24 * 60);
  const context = await profile({ viewport: { width: 900, height: 700 } });
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  await expectTexts(ada, ["first", "soon after", "later"]);
  // One author within five minutes is one group; each day has its heading, each message its exact time.
  const groups = () =>
    log(ada)
      .locator("article")
      .evaluateAll((all) => all.map((one) => one.hasAttribute("data-starts")));
  expect(await groups()).toEqual([true, false, true]);
  const time = row(ada, "soon after").locator("time");
  expect(await time.getAttribute("title")).toMatch(/2026.*9:04:00/);
  const opacity = () => time.evaluate((one) => getComputedStyle(one).opacity);
  expect(await opacity()).toBe("0");
  await row(ada, "soon after").hover();
  await expectEventually(opacity, "1");
  await bob.post("next day");
  await log(ada).getByText("next day").waitFor();
  await expectEventually(() => log(ada).getByRole("heading").count(), 2);

  // Without a connection it is there at once, and being sent it stays the same row in the same place.
  await goOffline(context, server);
  await ada.getByText("Offline").first().waitFor({ state: "attached" });
  await say(ada, "pending");
  const own = log(ada).locator("[data-key]", {
    has: ada.locator("article", { hasText: "pending" }),
  });
  await own.waitFor();
  expect(await own.locator("article").getAttribute("data-state")).not.toBe("sent");
  await own.getByText("Waiting").waitFor();
  const key = await own.getAttribute("data-key");
  const top = () => own.evaluate((one) => one.getBoundingClientRect().top);
  const sentFrom = await top();
  await context.setOffline(false);
  await own.locator("[data-state=sent]").waitFor();
  expect(await own.getAttribute("data-key")).toBe(key);
  expect(Math.abs((await top()) - sentFrom)).toBeLessThan(30);

  // While one reads further up, what is above and below becomes longer, and is deleted.
  await speak(bob, texts(80));
  await log(ada).getByText("message 80", { exact: true }).waitFor();
  await scrollBy(ada, -1_500);
  const { seqs } = await look(ada);
  const watch = await watchDrift(ada);
  const above = (seqs[0] ?? 0) - 2;
  const below = (seqs.at(-1) ?? 0) + 2;
  const change = (method: string, seq: number, body?: object) =>
    bob.call(method, `/v1/rooms/general/messages/${seq}`, body);
  const drift = await watch.during(async () => {
    await change("PATCH", above, { text: "longer ".repeat(200) });
    await change("PATCH", below, { text: "longer ".repeat(200) });
    await log(ada).locator(`[data-seq="${above}"]`).getByText("edited").waitFor();
    await change("DELETE", above);
    await change("DELETE", below);
    await log(ada).locator(`[data-seq="${above}"]`).getByText("This message was deleted").waitFor();
    await log(ada).locator(`[data-seq="${below}"]`).getByText("This message was deleted").waitFor();
  });
  expect(drift).toBe(0);

  // One's own is deleted after a question, and its place stays.
  await say(ada, "not meant so");
  await row(ada, "not meant so").hover();
  await row(ada, "not meant so").getByRole("button", { name: "More" }).click();
  await button(ada, "Delete").click();
  await button(ada, "Delete it").click();
  await expectEventually(() => row(ada, "not meant so").count(), 0);
  await log(ada).getByText("This message was deleted").last().waitFor();
  expect(await ada.getByRole("dialog").count()).toBe(0);
}, 180_000);

test("#11 what is refused stays with its reason, to be sent again, copied or deleted, in its order", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const context = await profile();
  const ada = await tab(context, `${server.url}/r/${hall}`, [...networkIsDown, ...refusals]);
  await comeInto(ada);
  await say(ada, "before");
  await log(ada).locator("[data-state=sent]").waitFor();
  const { members } = await owner.get(`/v1/rooms/${hall}/members`);
  const { user } = members.find(({ role }: { role: string }) => role === "member");
  const give = (role: string) =>
    owner.call("PATCH", `/v1/rooms/${hall}/members/${user.id}`, { role });
  await goOffline(context, server);
  await ada.getByText("Offline").first().waitFor({ state: "attached" });
  for (const text of ["one", "two", "three"]) await say(ada, text);
  await give("reader");
  await context.setOffline(false);
  const failed = log(ada).locator("[data-state=failed]");
  await expectEventually(() => failed.count(), 3);
  await failed.first().getByText("Not sent.").waitFor();
  await give("member");
  await composer(ada).waitFor();
  await failed.nth(1).locator("button", { hasText: "Copy" }).click();
  await failed
    .nth(1)
    .getByText(/Copied|Could not copy/)
    .waitFor();
  await failed.nth(1).getByRole("button", { name: "Delete" }).click();
  await expectTexts(ada, ["before", "one", "three"]);
  await failed.first().getByRole("button", { name: "Retry" }).click();
  await expectEventually(() => failed.count(), 1);
  await failed.first().getByRole("button", { name: "Retry" }).click();
  await expectEventually(() => failed.count(), 0);
  await expectTexts(ada, ["before", "one", "three"]);
}, 180_000);

test("what is typed into an edit outlasts a reload, another room, another edit and the message", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const ada = await tab(await profile(), `${server.url}/r/${hall}`, refusals);
  await comeInto(ada);
  await say(ada, "first");
  await say(ada, "second");
  await expectEventually(() => log(ada).locator("[data-state=sent]").count(), 2);
  await composer(ada).press("ArrowUp");
  await ada.keyboard.type(" thought");
  await ada.reload();
  await expectEventually(() => edits(ada).inputValue(), "second thought");
  await listed(ada, "general").click();
  await heading(ada, "general").waitFor();
  await ada.goBack();
  await expectEventually(() => edits(ada).inputValue(), "second thought");
  await row(ada, "first").hover();
  await button(ada, "Edit").click();
  await expectEventually(() => isFocused(edits(ada).first()), true);
  await ada.keyboard.press("Escape");
  await expectEventually(() => edits(ada).inputValue(), "second thought");

  const seq = await log(ada)
    .locator("[data-seq]", { has: edits(ada) })
    .getAttribute("data-seq");
  await edits(ada).focus();
  await owner.call("DELETE", `/v1/rooms/${hall}/messages/${seq}`);
  await expectEventually(() => composer(ada).inputValue(), "second thought");
  await ada.getByText(/you were editing was deleted/).waitFor();
  await expectEventually(() => isFocused(composer(ada)), true);
  await composer(ada).fill("");
  await ada.reload();
  await log(ada).getByText("This message was deleted").waitFor();
  expect([await edits(ada).count(), await composer(ada).inputValue()]).toEqual([0, ""]);
});

test("edits of what was cleared, in the room and in threads, go to the message box, also where no page was open", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const context = await profile({ viewport: { width: 1440, height: 800 } });
  const ada = await tab(context, `${server.url}/r/${hall}`, refusals);
  await comeInto(ada);
  const main = ada.locator("main");
  const kept = () =>
    ada.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("/edit/")).length);
  const clear = async () => {
    const { status } = await owner.call("DELETE", `/v1/rooms/${hall}/messages`);
    expect(status).toBe(204);
  };
  const write = async (place: Locator, text: string) => {
    await composer(place).fill(text);
    await composer(place).press("Enter");
  };
  const beginEdits = async () => {
    await write(main, "first");
    await log(main).locator("[data-state=sent]").waitFor();
    await row(ada, "first").hover();
    await button(ada, "Reply in a thread").click();
    await write(thread(ada), "reply");
    await log(thread(ada)).locator("[data-state=sent]", { hasText: "reply" }).waitFor();
    await composer(thread(ada)).press("ArrowUp");
    await ada.keyboard.type(" again");
    await thread(ada).getByRole("button", { name: "Close" }).click();
    await composer(main).press("ArrowUp");
    await ada.keyboard.type(" thought");
    await expectEventually(kept, 2);
  };

  await beginEdits();
  await clear();
  await ada.getByText(/you were editing was deleted/).waitFor();
  await expectEventually(() => composer(ada).inputValue(), "first thought\nreply again");
  await expectEventually(() => isFocused(composer(ada)), true);
  expect(await kept()).toBe(0);

  await composer(ada).fill("");
  await beginEdits();
  await ada.goto("about:blank");
  await clear();
  await owner.post("a clean bed", "c1", hall);
  await ada.goto(`${server.url}/r/${hall}`);
  await expectEventually(
    async () => (await composer(ada).inputValue()).split("\n").toSorted(),
    ["first thought", "reply again"],
  );
  expect(await kept()).toBe(0);
}, 120_000);

test("who is muted while writing in a thread is told why where they wrote", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const context = await profile({ viewport: { width: 1440, height: 800 } });
  const ada = await tab(context, `${server.url}/r/${hall}`, refusals);
  await comeInto(ada);
  await say(ada, "first");
  await log(ada).locator("[data-state=sent]").waitFor();
  const { user } = await (await ada.request.get(`${server.url}/v1/me`)).json();
  const give = (role: string) =>
    owner.call("PATCH", `/v1/rooms/${hall}/members/${user.id}`, { role });
  const bar = (place: Locator) => place.getByText("You can read here.");
  await row(ada, "first").hover();
  await button(ada, "Reply in a thread").click();
  await composer(thread(ada)).press("a");
  await give("reader");
  await expectEventually(() => isFocused(bar(thread(ada))), true);
  await give("member");
  await composer(ada.locator("main")).press("a");
  await give("reader");
  await expectEventually(() => isFocused(bar(ada.locator("main"))), true);
});

test("an edit of a room that was destroyed is shown in its place, and kept no longer than one is in its room", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const ada = await tab(await profile(), server.url, refusals);
  await comeIn(ada, "Ada");
  const kept = () =>
    ada.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("/edit/")));
  const hall = await owner.room("public", { name: "hall" });
  const loft = await owner.room("public", { name: "loft" });
  for (const room of [hall, loft]) {
    await ada.goto(`${server.url}/r/${room}`);
    await button(ada, "Join to write").click();
    await say(ada, "first");
    await log(ada).locator("[data-state=sent]").waitFor();
    await composer(ada).press("ArrowUp");
    await ada.keyboard.type(" thought");
    await expectEventually(() => edits(ada).inputValue(), "first thought");
  }
  expect((await kept()).length).toBe(2);
  const { user } = await (await ada.request.get(`${server.url}/v1/me`)).json();
  await owner.call("DELETE", `/v1/rooms/${loft}`);
  await heading(ada, "This room is gone").waitFor();
  expect(await ada.locator("blockquote").allTextContents()).toEqual(["first thought"]);
  await listed(ada, "general").click();
  await listed(ada, "loft").waitFor({ state: "detached" });
  await owner.call("DELETE", `/v1/rooms/${hall}/members/${user.id}`);
  await ada.getByText("You are no longer in hall").waitFor();
  expect(await kept()).toEqual([]);
});

test("#20 #21 who writes is told in one line that never moves; who is here, away and gone", async () => {
  const server = await serve();
  const guests = await Promise.all(["Bob", "Cem", "Dua", "Eve"].map((name) => server.guest(name)));
  const ada = await tab(await freshProfile(), "about:blank");
  await ada.clock.install();
  await ada.goto(server.url);
  await comeIn(ada, "Ada");
  const sockets = await Promise.all(guests.map((guest) => guest.socket()));
  for (const socket of sockets) await socket.ask({ type: "open-room", room: "general" });
  const here = ada.getByRole("button", { name: /here:/ });
  await expectEventually(
    () => here.getAttribute("aria-label"),
    "5 here: Bob, Cem, Dua, Eve and you",
  );
  await here.hover();
  await here.getByText("Bob, Cem, Dua, Eve and you").waitFor();

  const line = ada.locator(".typing-line");
  const box = () => line.boundingBox();
  const empty = await box();
  const says = [
    "Bob is writing",
    "Bob and Cem are writing",
    "Bob, Cem and Dua are writing",
    "Bob, Cem and 2 others are writing",
  ];
  for (const [index, text] of says.entries()) {
    await sockets[index]?.ask({ type: "set-typing", room: "general" });
    await expectEventually(() => line.textContent(), text);
    expect(await box()).toEqual(empty);
  }
  await guests[0]?.post("written");
  await expectEventually(() => line.textContent(), "Cem, Dua and Eve are writing");
  await ada.clock.fastForward(7_000);
  await expectEventually(() => line.textContent(), "");
  expect(await box()).toEqual(empty);

  // Five minutes without a sign, and one is away; with the first sign one is back.
  const looker = await server.guest("Looker");
  const statusOf = async () => {
    const { members } = await looker.get("/v1/rooms/general/members");
    return members.find(({ user }: { user: { name: string } }) => user.name === "Ada")?.status
      ?.availability;
  };
  await ada.mouse.move(50, 50);
  await expectEventually(statusOf, "online");
  await ada.clock.fastForward(5 * 60_000 + 1_000);
  await expectEventually(statusOf, "away");
  await ada.mouse.move(80, 80);
  await expectEventually(statusOf, "online");

  // Who goes is gone within five seconds; a reload is nobody's business.
  const bob = sockets[0];
  await ada.reload();
  await composer(ada).waitFor();
  const left = bob?.asides.filter(({ kind, offline }) => kind === "presence" && offline.length > 0);
  sockets[3]?.close();
  await expectEventually(() => here.getAttribute("aria-label"), "4 here: Bob, Cem, Dua and you");
  expect(left).toEqual([]);
  for (const socket of sockets) socket.close();
}, 180_000);

test("whatever is said of and done with messages fits every width, and axe-core finds nothing", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const ada = await tab(context, server.url);
  await comeIn(ada, "Ada");
  const path = "/v1/rooms/general/messages";
  const post = async (text: string, more: object = {}) => {
    const body = { clientId: crypto.randomUUID(), text, ...more };
    return (await (await bob.call("POST", path, body)).json()).message.seq as number;
  };
  const root = await post(`A root, ${"with a long tail ".repeat(20)}`);
  await post("A reply in its thread", { thread: root });
  const answer = await post("An answer to it", { replyTo: root });
  for (const emoji of ["👍", "🎉", "❤️", "🚀", "🍲", "😂", "😮", "🐢"])
    await bob.call("PUT", `${path}/${answer}/reactions/${encodeURIComponent(emoji)}`);
  await bob.call("PATCH", `${path}/${root}`, { text: `Edited, ${"with a long tail ".repeat(20)}` });
  await bob.call("PUT", `${path}/${root}/pin`);
  await bob.call("DELETE", `${path}/${await post("deleted")}`);
  await say(ada, "@room, this is my own");
  const socket = await bob.socket();
  await socket.ask({ type: "open-room", room: "general" });
  await socket.ask({ type: "set-typing", room: "general" });
  await ada.getByText("Bob is writing").waitFor();
  await log(ada).getByText("This message was deleted").waitFor();
  expect(await findings(ada)).toEqual([]);
  await expectInside(ada, "a living room");

  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("r");
  await ada.keyboard.press("Escape");
  await ada.keyboard.press("ArrowUp");
  await edits(ada).waitFor();
  expect(await findings(ada)).toEqual([]);
  await expectInside(ada, "an edit");
  await ada.keyboard.press("Escape");

  await log(ada).focus();
  await ada.keyboard.press("ArrowUp");
  await ada.keyboard.press("Enter");
  await ada.getByRole("dialog", { name: "Message" }).waitFor();
  expect(await findings(ada)).toEqual([]);
  await expectInside(ada, "all that can be done");
  await ada.keyboard.press("Escape");

  await ada.setViewportSize({ width: 390, height: 800 });
  await log(ada)
    .getByRole("button", { name: /1 reply/ })
    .click();
  const sheet = ada.getByRole("dialog", { name: "Thread" });
  await sheet.getByText("A reply in its thread").waitFor();
  expect(await findings(ada)).toEqual([]);
  for (const width of [320, 390, 768]) {
    await ada.setViewportSize({ width, height: 800 });
    const wide = await ada.evaluate(() => document.scrollingElement?.scrollWidth ?? 0);
    expect(wide).toBeLessThanOrEqual(width);
  }
  await ada.keyboard.press("Escape");
  await expectEventually(() => sheet.count(), 0);
  await expectEventually(() => isFocused(log(ada).getByRole("button", { name: /1 reply/ })), true);
  socket.close();
}, 180_000);
