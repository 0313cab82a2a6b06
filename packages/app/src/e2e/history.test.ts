import { expect, test } from "bun:test";
import { button, refusals } from "./inside.ts";
import { frames, look, scrollBy, texts, walk, watchDrift } from "./sight.ts";
import {
  comeIn,
  composer,
  expectEventually,
  goOffline,
  log,
  networkIsDown,
  say,
  speak,
  stage,
} from "./testing.ts";

const { serve, profile, tab } = stage();

const COUNT = 10_000;
/** Pixels that are less than the height of the log. */
const STEP = 2_000;

test("#3 #4 10,000 messages: opens at the end, loads upwards with 0 px of drift, and misses no number", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  // Ada joins before all that is said, so that the numbers of messages have no hole.
  const context = await profile({ viewport: { width: 900, height: 2_300 } });
  const early = await tab(context, server.url);
  await comeIn(early, "Ada");
  await early.close();
  await speak(bob, texts(COUNT));
  // Who has read all of it opens at the end.
  const headers = { origin: server.url };
  const read = await context.request.put(`${server.url}/v1/rooms/general/read`, {
    headers,
    data: { seq: COUNT * 2 },
  });
  expect(read.status()).toBe(204);
  const ada = await tab(context, "about:blank");
  // Older pages wait at this gate until the reader holds still.
  let gate = Promise.withResolvers<void>();
  let pages = 0;
  await ada.route(/\/messages\?.*\bbefore=/, async (route) => {
    await gate.promise;
    pages++;
    await route.continue();
  });
  await ada.goto(server.url);
  await log(ada).getByText(`message ${COUNT}`).waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);

  const watch = await watchDrift(ada);
  const [first = 0, last = 0] = await firstAndLast(bob);
  const beginning = ada.getByText(/beginning/i);
  const seen = new Set<number>();
  const go = async (by: number, into: Set<number>) => {
    for (const { seqs, drawn } of await walk(ada, by)) {
      expectNoHole(seqs);
      // However much is loaded, so much is drawn.
      expect(drawn).toBeLessThan(100);
      for (const seq of seqs) into.add(seq);
    }
  };
  let drift = 0;
  for (;;) {
    await go(-STEP, seen);
    if (seen.has(first)) break;
    const moved = await watch.during(async () => {
      gate.resolve();
      // What came is above the one who was at the top.
      await ada.waitForFunction(() => (document.querySelector("[role=log]")?.scrollTop ?? 0) > 0);
    });
    gate = Promise.withResolvers();
    drift = Math.max(drift, moved);
  }
  expect(drift).toBe(0);
  expect(pages).toBeGreaterThan(150);
  expect(missing(seen, first, last)).toBe("none");
  await beginning.waitFor();

  // Somebody speaks while one reads far up: nothing moves, and the way down says how many came.
  const still = await watch.during(async () => {
    await bob.post("new 1");
    await bob.post("new 2");
    await ada.getByRole("button", { name: /2 new/i }).waitFor();
  });
  expect(still).toBe(0);

  // All the way down again.
  const down = new Set<number>();
  await go(STEP, down);
  expect(missing(down, first, last + 2)).toBe("none");
}, 240_000);

test("#2 #5 at the end, what comes stays in sight; further up it does not pull; own words always show, and an edit in progress stays", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, texts(120));
  const ada = await tab(await profile({ viewport: { width: 390, height: 700 } }), server.url);
  await comeIn(ada, "Ada");
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);

  await bob.post("at the end");
  await log(ada).getByText("at the end").waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  await scrollBy(ada, -60);
  await bob.post("near the end");
  await log(ada).getByText("near the end").waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);

  await scrollBy(ada, -900);
  const watch = await watchDrift(ada);
  const moved = await watch.during(async () => {
    await bob.post("far below");
    await ada.getByRole("button", { name: /1 new/i }).waitFor();
  });
  expect(moved).toBe(0);

  for (const way of ["button", "Escape", "End"]) {
    await scrollBy(ada, -900);
    await ada.getByRole("button", { name: /latest|new/i }).waitFor();
    if (way === "button") await ada.getByRole("button", { name: /latest|new/i }).click();
    else {
      await log(ada).focus();
      await ada.keyboard.press(way);
    }
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
    await expectEventually(() => ada.getByRole("button", { name: /latest|new/i }).count(), 0);
  }

  await scrollBy(ada, -900);
  await say(ada, "my own");
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);

  // What is half edited stays while one reads and writes elsewhere, and takes nothing from there.
  await log(ada).locator("[data-state=sent]").getByText("my own").waitFor();
  await composer(ada).press("ArrowUp");
  const edits = ada.getByRole("textbox", { name: "Edit the message" });
  await edits.fill("half edi");
  await composer(ada).click();
  // The way to what is edited takes some frames, in which the list goes nowhere else.
  await frames(ada, 10);
  await scrollBy(ada, -6_000);
  expect((await look(ada)).toEnd).toBeGreaterThan(3_000);
  await button(ada, /latest/i).click();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  expect(await edits.inputValue()).toBe("half edi");
  expect(await edits.evaluate((one) => one === document.activeElement)).toBe(false);
});

for (const way of ["the button leads", "one's own words lead"])
  test(`with 100 unread ${way} from the first of them to the end at once`, async () => {
    const server = await serve();
    const bob = await server.guest("Bob");
    const context = await profile({ viewport: { width: 1200, height: 800 } });
    const early = await tab(context, server.url);
    await comeIn(early, "Ada");
    await early.close();
    await speak(bob, texts(100));
    const ada = await tab(context, server.url);
    await button(ada, /\d+ new messages/).waitFor();
    await expectEventually(async () => (await look(ada)).toEnd > 2_000, true);
    if (way === "the button leads") await button(ada, /\d+ new messages/).click();
    else await say(ada, "my own");
    const last = way === "the button leads" ? "message 100" : "my own";
    await log(ada).locator("[data-state=sent]").getByText(last).waitFor();
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
    await expectEventually(() => button(ada, /latest|new messages/).count(), 0);
  });

test("without a connection the way to the latest leads as far as there is one, says why no further, and goes on with the next one", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, texts(300));
  const context = await profile();
  const ada = await tab(context, server.url, networkIsDown);
  await comeIn(ada, "Ada");
  const [first = 0] = await firstAndLast(bob);
  await ada.goto(`${server.url}/r/general/${first + 20}`);
  await log(ada).locator("[data-flashed]").waitFor();
  await scrollBy(ada, -10_000);
  await goOffline(context, server);
  await ada.getByText("Offline").first().waitFor({ state: "attached" });
  await button(ada, "Jump to latest").click();
  await ada
    .getByRole("status")
    .getByText(/No connection: .* not loaded/)
    .waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  const reached = (await look(ada)).seqs.at(-1) ?? 0;
  expect(reached).toBeLessThan(first + 299);

  await context.setOffline(false);
  await expectEventually(async () => (await look(ada)).toEnd > 1_000, true);
  expect((await look(ada)).seqs).toContain(reached);
  await button(ada, "Jump to latest").click();
  await log(ada).getByText("message 300", { exact: true }).waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
});

test("what one writes in another tab does not pull this one's reader to the end", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, texts(120));
  const context = await profile({ viewport: { width: 390, height: 700 } });
  const reading = await tab(context, server.url);
  await comeIn(reading, "Ada");
  await expectEventually(async () => (await look(reading)).toEnd <= 1, true);
  const writing = await tab(context, server.url);
  await composer(writing).waitFor();
  await reading.bringToFront();
  await scrollBy(reading, -900);
  const watch = await watchDrift(reading);
  const moved = await watch.during(async () => {
    await say(writing, "from the other tab");
    await log(writing).locator("[data-state=sent]").getByText("from the other tab").waitFor();
    await bob.post("and after it");
    await reading.getByRole("button", { name: /1 new/i }).waitFor({ timeout: 5_000 });
  });
  expect(moved).toBe(0);
});

for (const missed of [8, 100, 350])
  test(`whoever wrote offline at the end is at the end again, with ${missed} that were said meanwhile`, async () => {
    const server = await serve();
    const bob = await server.guest("Bob");
    await speak(bob, texts(60));
    const context = await profile({ viewport: { width: 390, height: 700 } });
    const ada = await tab(context, server.url, networkIsDown);
    await comeIn(ada, "Ada");
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
    await goOffline(context, server);
    await ada.getByText("Offline").first().waitFor({ state: "attached" });
    await say(ada, "written offline");
    await speak(bob, texts(missed));
    await context.setOffline(false);
    await log(ada).locator("[data-state=sent]").getByText("written offline").waitFor();
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
    await bob.post("live again");
    await log(ada).getByText("live again").waitFor();
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  });

test("what comes before a message that could not be sent is followed too, and further up there is a way to it", async () => {
  const server = await serve();
  const owner = await server.guest("Owner");
  const hall = await owner.room("public", { name: "hall" });
  const speakThere = (text: string) => owner.post(text, crypto.randomUUID(), hall);
  for (const text of texts(40)) await speakThere(text);
  const context = await profile({ viewport: { width: 390, height: 700 } });
  const ada = await tab(context, `${server.url}/r/${hall}`, [...networkIsDown, ...refusals]);
  await ada.getByRole("textbox", { name: "Your name" }).fill("Ada");
  await ada.keyboard.press("Enter");
  await button(ada, "Join to write").click();
  await composer(ada).waitFor();
  const { members } = await owner.get(`/v1/rooms/${hall}/members`);
  const { user } = members.find(({ role }: { role: string }) => role === "member");
  await goOffline(context, server);
  await ada.getByText("Offline").first().waitFor({ state: "attached" });
  await say(ada, "refused");
  await owner.call("PATCH", `/v1/rooms/${hall}/members/${user.id}`, { role: "reader" });
  await context.setOffline(false);
  await log(ada).getByText("Not sent.").waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  for (let round = 0; round < 20; round++) await speakThere(`later ${round}`);
  await log(ada).getByText("later 19").waitFor();
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);

  await scrollBy(ada, -900);
  const watch = await watchDrift(ada);
  const moved = await watch.during(async () => {
    await speakThere("far below");
    await ada.getByRole("button", { name: /1 new/i }).waitFor();
  });
  expect(moved).toBe(0);
});

test("a growing composer and another window keep the end in sight", async () => {
  const server = await serve();
  const bob = await server.guest("Bob");
  await speak(bob, texts(60));
  const ada = await tab(await profile({ viewport: { width: 900, height: 800 } }), server.url);
  await comeIn(ada, "Ada");
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  await composer(ada).fill("one\ntwo\nthree\nfour\nfive\nsix");
  await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  for (const size of [
    { width: 390, height: 500 },
    { width: 1440, height: 900 },
  ]) {
    await ada.setViewportSize(size);
    await expectEventually(async () => (await look(ada)).toEnd <= 1, true);
  }
});

async function firstAndLast(guest: {
  get(path: string): Promise<{ messages: { seq: number }[] }>;
}) {
  const { messages: oldest } = await guest.get("/v1/rooms/general/messages?after=0&limit=1");
  const { messages: newest } = await guest.get("/v1/rooms/general/messages?limit=1");
  return [...oldest, ...newest].map(({ seq }) => seq);
}

function expectNoHole(seqs: readonly number[]): void {
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
}

function missing(seen: ReadonlySet<number>, first: number, last: number): string {
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const some = all.filter((seq) => !seen.has(seq));
  return some.length === 0 ? "none" : `${some.length}, the first ${some.slice(0, 5).join(", ")}`;
}
