import { cheapPasswords } from "@snug/server/testing";
import { expect, test } from "bun:test";
import type { Locator } from "playwright-core";
import {
  button,
  choose,
  expectInside,
  field,
  findings,
  heading,
  listed,
  refusals,
} from "./inside.ts";
import {
  comeIn,
  composer,
  expectEventually,
  expectTexts,
  goOffline,
  log,
  nameField,
  networkIsDown,
  say,
  stage,
} from "./testing.ts";

const { serve, profile, freshProfile, tab } = stage();

const isFocused = (part: Locator) =>
  expectEventually(() => part.evaluate((one) => one === document.activeElement), true);

test("a public room is made, appears at others at once, is looked into, joined, talked in, pinned in, forwarded from and cleared", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  // He is at the address of a message that is gone in the end.
  const bob = await tab(await profile(), server.url, refusals);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await button(bob, "Public rooms").click();
  await bob.getByText("You are in").waitFor();
  await button(ada, "New room").click();
  await field(ada, "Name").fill("garden");
  await field(ada, "Name").press("Enter");
  await heading(ada, "garden").waitFor();
  await say(ada, "The roses are out");
  const found = bob.getByRole("dialog").getByRole("link", { name: /garden/ });
  await found.click();
  await expectTexts(bob, ["The roses are out"]);
  expect(await composer(bob).count()).toBe(0);
  await button(bob, "Join to write").click();
  await composer(bob).waitFor();
  await say(bob, "So they are");
  await expectTexts(ada, ["The roses are out", "So they are"]);
  await listed(bob, "garden").waitFor();

  const more = async (deed: string) => {
    await log(ada).locator("article", { hasText: "The roses are out" }).hover();
    await button(ada, "More").click();
    await button(ada, deed).click();
  };
  await more("Pin to the room");
  await log(bob).getByText("pinned").waitFor();
  await button(bob, "About this room").click();
  await button(bob, "Pinned messages").click();
  await button(bob, /^Ada.*The roses are out/).click();
  await log(bob).locator("[data-flashed]", { hasText: "The roses are out" }).waitFor();
  await button(bob, "Back").click();
  await choose(bob, /^Nothing/);
  const levels = () =>
    bob.evaluate(async () => {
      const { rooms } = await (await fetch("/v1/me")).json();
      return rooms.map(({ level }: { level: string }) => level).toSorted();
    });
  await expectEventually(levels, ["all", "none"]);

  await more("Forward to another room");
  await button(ada, "general").click();
  await heading(ada, "general").waitFor();
  expect(await composer(ada).inputValue()).toMatch(
    /^> The roses are out\n\nAda in garden: http.+\/r\/[\w-]+\/\d+\n$/,
  );
  await composer(ada).press("Enter");
  await log(ada).locator("blockquote", { hasText: "The roses are out" }).waitFor();

  await listed(ada, "garden").click();
  await heading(ada, "garden").waitFor();
  await button(ada, "About this room").click();
  await button(ada, "Clear the history").click();
  const asked = ada.getByRole("group", { name: "Clear it for good" });
  await expectEventually(
    () => asked.evaluate((one) => one.getBoundingClientRect().bottom < innerHeight),
    true,
  );
  await button(ada, "Clear it for good").click();
  for (const page of [ada, bob]) {
    await expectTexts(page, []);
    await page.getByText("Everything said in garden is erased").waitFor();
  }
  // What is said from now on is not one press away from being erased too.
  await expectEventually(() => asked.count(), 0);
  await isFocused(button(ada, "Clear the history"));
  await say(bob, "A clean bed");
  await expectTexts(ada, ["A clean bed"]);
});

test("#13 #18 each room has an address: links, back, forward and a reload lead to it, with its draft", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const attic = await bob.room("public", { name: "attic" });
  await bob.post("up here", "c1", attic);
  const ada = await tab(await profile(), `${server.url}/r/${attic}`);
  await ada.getByText(/leads to a room/).waitFor();
  expect(await nameField(ada).inputValue()).toMatch(/^\w+ \w+$/);
  await button(ada, "Come in").click();
  await heading(ada, "attic").waitFor();
  await button(ada, "Join to write").click();
  await composer(ada).fill("half a th");
  await listed(ada, "general").click();
  await heading(ada, "general").waitFor();
  expect(new URL(ada.url()).pathname).toBe("/");
  await ada.goBack();
  await heading(ada, "attic").waitFor();
  await expectEventually(() => composer(ada).inputValue(), "half a th");
  await ada.goForward();
  await heading(ada, "general").waitFor();
  await ada.keyboard.press("Alt+ArrowDown");
  await heading(ada, "attic").waitFor();
  await ada.reload();
  await heading(ada, "attic").waitFor();
  await ada.keyboard.press("Control+k");
  await ada.getByRole("textbox", { name: "Room" }).fill("gen");
  await ada.keyboard.press("Enter");
  await heading(ada, "general").waitFor();
});

test("#18 keys that lead to other rooms work where nothing has the focus, and not below a dialog", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  await field(ada, "Name").fill("garden");
  await field(ada, "Name").press("Enter");
  await heading(ada, "garden").waitFor();
  await listed(ada, "garden").waitFor();
  const letGo = () =>
    ada.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      return document.activeElement === document.body;
    });
  expect(await letGo()).toBe(true);
  await ada.keyboard.press("Alt+ArrowUp");
  await heading(ada, "general").waitFor();
  expect(await letGo()).toBe(true);
  await ada.keyboard.press("Control+k");
  await ada.getByRole("textbox", { name: "Room" }).waitFor();
  await ada.keyboard.press("Alt+ArrowDown");
  expect(await heading(ada, "general").count()).toBe(1);
  await letGo();
  await ada.keyboard.press("Alt+ArrowDown");
  expect(await heading(ada, "general").count()).toBe(1);
  await ada.keyboard.press("Escape");
  await ada.getByRole("dialog").waitFor({ state: "detached" });
  // In a field it is a letter, elsewhere it asks what keys there are.
  await composer(ada).press("?");
  expect(await composer(ada).inputValue()).toBe("?");
  expect(await letGo()).toBe(true);
  await ada.keyboard.press("?");
  await ada.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Go to a room").waitFor();
});

test("a dialog ends by a press outside, and not by a text selected beyond its edge", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  const name = field(ada, "Name");
  await name.fill("garden");
  const box = await name.boundingBox();
  if (box === null) throw new Error("the field is not drawn");
  await ada.mouse.move(box.x + 40, box.y + box.height / 2);
  await ada.mouse.down();
  await ada.mouse.move(10, 300, { steps: 4 });
  await ada.mouse.up();
  // Whatever that did is done before the next press is answered.
  await name.press("End");
  expect(await name.inputValue()).toBe("garden");
  await ada.mouse.click(10, 300);
  await ada.getByRole("dialog").waitFor({ state: "detached" });
});

test("about a room, by keys alone: each way back leads to where one went from, and the focus is never lost", async () => {
  const server = await serve();
  const ada = await tab(await profile({ viewport: { width: 390, height: 800 } }), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "Your rooms").focus();
  await ada.keyboard.press("Enter");
  await button(ada, "New room").focus();
  await ada.keyboard.press("Enter");
  await field(ada, "Name").fill("cellar");
  await choose(ada, /^Private/);
  await field(ada, "Name").press("Enter");
  await heading(ada, "cellar").waitFor();
  for (const width of [390, 1440]) {
    await ada.setViewportSize({ width, height: 800 });
    await button(ada, "About this room").focus();
    await ada.keyboard.press("Enter");
    await isFocused(ada.getByRole("heading", { level: 2, name: "cellar" }));
    for (const way of ["Name and topic", "Add people", "Invites"]) {
      await button(ada, way).focus();
      await ada.keyboard.press("Enter");
      await ada.getByRole("heading", { level: 2, name: way }).waitFor();
      if (way === "Invites") {
        await button(ada, "Make an invite").focus();
        await ada.keyboard.press("Enter");
        await isFocused(field(ada, /^The invite/));
        await button(ada, "Make another").focus();
        await ada.keyboard.press("Enter");
        await isFocused(ada.getByRole("radio", { name: "Read and write" }));
        await button(ada, "Revoke").focus();
        await ada.keyboard.press("Enter");
        await ada.getByText("None yet.").waitFor();
        await isFocused(ada.getByRole("radio", { name: "Read and write" }));
      }
      await button(ada, "Back").focus();
      await ada.keyboard.press("Enter");
      await isFocused(button(ada, way));
    }
    await ada.keyboard.press("Escape");
    // What is closed is hidden at once, and taken away when that is told.
    await ada.locator("dialog, .panel").waitFor({ state: "detached" });
  }
});

test("an invite to read leads where it says; one to write lets the same person write; a used one lets nobody in", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  await field(ada, "Name").fill("cellar");
  await choose(ada, /^Private/);
  await button(ada, "Make the room").click();
  await heading(ada, "cellar").waitFor();
  await say(ada, "Mind the step");
  await button(ada, "About this room").click();
  await button(ada, "Invites").click();
  const invite = async (can: RegExp) => {
    await choose(ada, can);
    await choose(ada, /One person/);
    await button(ada, "Make an invite").click();
    const url = await field(ada, /shown this once/).inputValue();
    await button(ada, "Make another").click();
    return url;
  };
  const toRead = await invite(/Only read/);
  const toWrite = await invite(/Read and write/);

  const bob = await tab(await profile(), toRead, refusals);
  await bob.getByText(/You are invited into a room/).waitFor();
  await button(bob, "Come in").click();
  await expectTexts(bob, ["Mind the step"]);
  await bob.getByText(/You can read here/).waitFor();
  expect(new URL(bob.url()).hash).toBe("");
  expect(await listed(bob, "general").count()).toBe(0);

  const eve = await tab(await profile(), toRead, refusals);
  await button(eve, "Come in").click();
  await eve
    .getByRole("alert")
    .getByText(/used up or over. Ask for another/)
    .waitFor();

  // Who is in already needs no form.
  const tom = await tab(await profile(), server.url, refusals);
  await comeIn(tom, "Tom");
  await tom.goto(toWrite);
  await heading(tom, "cellar").waitFor();
  await say(tom, "Ouch");
  await expectTexts(ada, ["Mind the step", "Ouch"]);

  await eve.goto(server.url);
  await comeIn(eve, "Eve");
  await eve.goto(toRead);
  await eve.getByText("This invite lets nobody in").waitFor();
  await button(eve, "Go to the rooms").click();
  await heading(eve, "general").waitFor();
});

test("[EPH1] an ephemeral room takes two presses, its link lets others in, and its end takes all of it", async () => {
  const server = await serve({ guests: "invite", passwords: cheapPasswords, signUp: "open" });
  const ada = await tab(await profile(), server.url, refusals);
  await button(ada, "Make an account").click();
  await field(ada, "Username").fill("ada");
  await field(ada, "Password").fill("correct horse");
  await button(ada, "Make the account").click();
  await composer(ada).waitFor();
  await button(ada, "New ephemeral room").click();
  await button(ada, "Make the room").click();
  const link = await ada.getByRole("textbox", { name: "Link" }).inputValue();
  await ada.getByRole("img", { name: /QR/ }).waitFor();
  await button(ada, "Close").click();

  const bob = await tab(await profile(), link, refusals);
  const name = await nameField(bob).inputValue();
  expect(name).toMatch(/^\w+ \w+$/);
  await button(bob, "Come in").click();
  await say(bob, "Here");
  await expectTexts(ada, ["Here"]);
  await log(ada).getByText(name).first().waitFor();
  await bob
    .getByRole("main")
    .getByRole("timer")
    .getByText(/^(10:00|9:\d\d)$/)
    .waitFor();
  await composer(bob).fill("never sent");

  await button(ada, "About this room").click();
  await button(ada, "Destroy now").click();
  await button(ada, "Destroy it now").click();
  for (const page of [ada, bob]) {
    await heading(page, "This room is gone").waitFor();
    await isFocused(page.getByRole("status").filter({ hasText: "This room is gone" }));
    await page.getByText(/everything said in it is erased/).waitFor();
    expect(await page.getByText("Here", { exact: true }).count()).toBe(0);
    await listed(page, "Ephemeral room").waitFor({ state: "detached" });
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)));
    expect(kept).not.toContain("never sent");
  }
  await bob.getByRole("link", { name: "Go to general" }).click();
  await heading(bob, "general").waitFor();
});

test("who is removed from an ephemeral room stays out until they join again themselves", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const id = await bob.room("ephemeral", { name: "nook" });
  const context = await profile();
  const ada = await tab(context, server.url, [...networkIsDown, ...refusals]);
  await comeIn(ada, "Ada");
  await ada.goto(`${server.url}/r/${id}`);
  await composer(ada).waitFor();
  await bob.post("hello", "c1", id);
  await expectTexts(ada, ["hello"]);
  const { members } = await bob.get(`/v1/rooms/${id}/members`);
  const { user } = members.find((member: { user: { name: string } }) => member.user.name === "Ada");
  await bob.call("DELETE", `/v1/rooms/${id}/members/${user.id}`);
  await ada.getByText("You are no longer in this room").waitFor();
  await goOffline(context, server);
  await ada.getByText("Offline").first().waitFor();
  await context.setOffline(false);
  await button(ada, "Join to write").waitFor();
  await bob.post("she is out", "c2", id);
  await expectTexts(ada, ["hello", "she is out"]);
  const typesOf = async () =>
    (await bob.get(`/v1/rooms/${id}/events`)).events.map(({ type }: { type: string }) => type);
  expect((await typesOf()).filter((type: string) => type === "member.joined")).toHaveLength(2);
  await button(ada, "Join to write").click();
  await composer(ada).waitFor();
  expect((await typesOf()).filter((type: string) => type === "member.joined")).toHaveLength(3);
});

test("[EPH1] the countdown goes by the server's clock, and is amber at last", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  const short = await bob.room("ephemeral", { name: "brief", ttl: 59 });
  const page = await tab(await freshProfile(), "about:blank", refusals);
  // This device is two hours slow.
  await page.clock.setFixedTime(Date.now() - 7_200_000);
  await page.goto(`${server.url}/r/${short}`);
  await button(page, "Come in").click();
  await composer(page).waitFor();
  const timer = page.getByRole("main").locator(".time-left");
  await timer.getByText(/^0:[345]\d$/).waitFor();
  expect(await timer.getAttribute("data-soon")).toBe("true");
});

test("a direct room is made by finding somebody, and is called by them", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  const bob = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await comeIn(bob, "Bob");
  await button(ada, "Write to somebody").click();
  await field(ada, "Find somebody").fill("bo");
  await button(ada, "Write to Bob").click();
  await heading(ada, "Bob").waitFor();
  await say(ada, "Just us");
  await listed(bob, "Ada").click();
  await expectTexts(bob, ["Just us"]);
});

test("[ROOM7] a few people have a direct room too, the same when they are chosen again", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  const bob = await tab(await profile(), server.url);
  await comeIn(bob, "Bob");
  await server.guest("Cleo");
  const gather = async () => {
    await button(ada, "Write to somebody").click();
    await button(ada, "Choose Bob too").click();
    await button(ada, "Choose Cleo too").click();
    await button(ada, "Leave out Cleo").click();
    await button(ada, "Choose Cleo too").click();
    await button(ada, "Write to these 2").click();
    await heading(ada, "Bob, Cleo").waitFor();
  };
  await gather();
  await say(ada, "The three of us");
  await listed(bob, "Ada, Cleo").click();
  await expectTexts(bob, ["The three of us"]);
  await gather();
  await expectTexts(ada, ["The three of us"]);
});

test("[ACC3] who is removed sees it in place and loses nothing they wrote; muted and archived say why", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  await field(ada, "Name").fill("loft");
  await button(ada, "Make the room").click();
  await heading(ada, "loft").waitFor();
  await say(ada, "Hello up here");
  const bob = await tab(await profile(), ada.url(), refusals);
  await nameField(bob).fill("Bob");
  await button(bob, "Come in").click();
  await button(bob, "Join to write").click();
  await composer(bob).fill("not yet sent");

  await button(ada, "About this room").click();
  await button(ada, /^Bob/).click();
  await choose(ada, /^Reader/);
  // He was writing: what he goes on typing goes nowhere else.
  await isFocused(bob.getByRole("status").filter({ hasText: /^You can read here/ }));
  await choose(ada, /^Member/);
  await composer(bob).focus();
  await button(ada, "Remove").click();
  await button(ada, "Remove Bob").click();
  await button(ada, /^Bob/).waitFor({ state: "detached" });
  await isFocused(bob.locator(".bar", { hasText: "You are no longer in this room" }));
  await expectTexts(bob, ["Hello up here"]);
  await button(bob, "Join again").click();
  await expectEventually(() => composer(bob).inputValue(), "not yet sent");

  await button(ada, /^Bob/).click();
  await button(ada, "Ban").click();
  await button(ada, "Ban Bob").click();
  await button(bob, "Join again").click();
  await bob
    .getByRole("alert")
    .getByText(/no room of this id|may not come/)
    .waitFor();
  await button(ada, "Banned people").click();
  await button(ada, "Lift the ban on Bob").click();
  await ada.getByText("Nobody is banned").waitFor();
  await button(bob, "Join again").click();
  await composer(bob).focus();
  await button(ada, "Back").click();
  await button(ada, "Archive the room").click();
  await button(ada, "Archive").click();
  await isFocused(bob.getByRole("status").filter({ hasText: /^This room is archived/ }));
});

test("what is open over a room keeps up with what others do to it meanwhile", async () => {
  const server = await serve();
  const ada = await tab(await profile({ viewport: { width: 1440, height: 800 } }), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "New room").click();
  await field(ada, "Name").fill("garden");
  await button(ada, "Make the room").click();
  await heading(ada, "garden").waitFor();
  const path = `/v1/rooms/${ada.url().split("/").at(-1)}`;
  /** From another of Ada's devices. */
  const elsewhere = (method: string, more: string, body: object = {}) =>
    ada.evaluate(
      async ([to, init]) => {
        const answer = await fetch(to, {
          ...init,
          headers: { "content-type": "application/json" },
        });
        return answer.status === 204 ? null : answer.json();
      },
      [path + more, { method, body: JSON.stringify(body) }] as const,
    );
  const [bob, cem] = [await server.guest("Bob"), await server.guest("Cem")];
  for (const guest of [bob, cem]) await guest.call("PUT", `${path}/members/me`, {});
  await say(ada, "The roses are out");
  await say(ada, "The roses need water");
  const seqOf = async (text: string) =>
    Number(await log(ada).locator("[data-seq]", { hasText: text }).getAttribute("data-seq"));
  const [out, water] = [await seqOf("are out"), await seqOf("need water")];
  const panel = ada.getByRole("complementary");

  // What is pinned.
  await elsewhere("PUT", `/messages/${out}/pin`);
  await button(ada, "About this room").click();
  await button(ada, "Pinned messages").click();
  await panel.getByText("The roses are out").waitFor();
  await elsewhere("PATCH", `/messages/${out}`, { text: "The roses are over" });
  await panel.getByText("The roses are over").waitFor();

  // The threads one follows.
  await button(ada, "Back").click();
  await button(ada, "Threads you follow").click();
  await panel.getByText("None yet").waitFor();
  const reply = (text: string) =>
    bob.call("POST", `${path}/messages`, { clientId: text, text, thread: water });
  await reply("How much?");
  await panel.getByText("1 reply").waitFor();
  await reply("And when?");
  await panel.getByText("2 replies").waitFor();
  await elsewhere("PATCH", `/messages/${water}`, { text: "The roses need shade" });
  await panel.getByText("The roses need shade").waitFor();

  // Who is banned, also by somebody else.
  await elsewhere("PATCH", `/members/${bob.user.id}`, { role: "moderator" });
  await button(ada, "Back").click();
  await button(ada, "Banned people").click();
  await panel.getByText("Nobody is banned").waitFor();
  expect((await bob.call("PUT", `${path}/bans/${cem.user.id}`)).status).toBe(204);
  await panel.getByText("Cem").waitFor();

  // How often an invite may be used.
  const { invite } = await elsewhere("POST", "/invites", { uses: 7 });
  await button(ada, "Back").click();
  await button(ada, "Invites").click();
  await panel.getByText("7 more").waitFor();
  const dora = await server.guest("Dora");
  await dora.call("PUT", `${path}/members/me`, { invite });
  await panel.getByText("6 more").waitFor();

  // What was found.
  await button(ada, "Search messages").click();
  await ada.getByRole("textbox", { name: "Search messages" }).fill("roses");
  const hits = () => ada.locator(".hit-text").allTextContents();
  await expectEventually(hits, ["The roses need shade", "The roses are over"]);
  await elsewhere("PATCH", `/messages/${water}`, { text: "It needs shade" });
  await expectEventually(hits, ["The roses are over"]);
  await elsewhere("DELETE", `/messages/${out}`);
  await expectEventually(hits, []);

  // Nothing of it is left once the history is cleared.
  await elsewhere("PUT", `/messages/${water}/pin`);
  await button(ada, /^About this room/).click();
  await button(ada, "Pinned messages").click();
  await panel.getByText("It needs shade").waitFor();
  await elsewhere("DELETE", "/messages");
  await panel.getByText("Nothing is pinned").waitFor();
});

test("many who come at once are asked about a few times, and all are listed", async () => {
  const server = await serve();
  const ada = await tab(await profile(), server.url);
  await comeIn(ada, "Ada");
  await button(ada, "About this room").click();
  const members = ada.getByRole("region", { name: "Members" });
  await members.getByText("Ada").waitFor();
  let asked = 0;
  ada.on("request", (request) => {
    if (request.url().endsWith("/members")) asked++;
  });
  for (let index = 0; index < 30; index++) await server.guest(`Guest ${index}`);
  await expectEventually(() => members.getByRole("listitem").count(), 31);
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThan(8);
});

test("whatever is open over a room fits every width, and axe-core finds nothing", async () => {
  const server = await serve({ passwords: cheapPasswords });
  const bob = await server.account("b".repeat(32), { name: "B".repeat(64) });
  await bob.room("public", { name: "W".repeat(64), topic: "t".repeat(1_000) });
  const context = await profile({ bypassCSP: true, reducedMotion: "reduce" });
  const page = await tab(context, server.url, refusals);
  await comeIn(page, "N".repeat(64));
  await button(page, "New room").click();
  await field(page, "Name").fill("M".repeat(64));
  const look = async (state: string) => {
    await page.locator(".waiting .pulse").waitFor({ state: "detached" });
    await expectInside(page, state);
    expect([state, await findings(page)]).toEqual([state, []]);
  };
  await look("new room");
  await button(page, "Make the room").click();
  await heading(page, "M".repeat(64)).waitFor();
  await button(page, "About this room").click();
  await look("about a room");
  await button(page, "Add people").click();
  await button(page, /^Add B/).click();
  await page.getByText(/is in the room now/).waitFor();
  await button(page, "Back").click();
  await button(page, /^BBB/).click();
  await button(page, "Ban").click();
  await button(page, "Destroy the room").click();
  await look("a member");
  await button(page, "Invites").click();
  await button(page, "Make an invite").click();
  await field(page, /shown this once/).waitFor();
  await look("an invite");
  await button(page, "Close").click();
  for (const [opener, state] of [
    ["Public rooms", "public rooms"],
    ["Write to somebody", "people"],
    ["New ephemeral room", "new ephemeral room"],
  ] as const) {
    await page.getByRole("complementary").getByRole("button", { name: opener }).click();
    await look(state);
    if (state !== "new ephemeral room") await page.keyboard.press("Escape");
  }
  await button(page, "Make the room").click();
  await page.getByRole("img", { name: /QR/ }).waitFor();
  await look("an ephemeral room's link");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 800 });
  await button(page, "Your rooms").click();
  expect(await findings(page)).toEqual([]);
});
