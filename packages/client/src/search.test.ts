import { afterEach, expect, test } from "bun:test";
import type { Message } from "@snug/protocol";
import type { ClientProblem, Outcome, SearchHit, SearchOptions, SearchPage } from "./api.ts";
import { LiveSearch } from "./live-search.ts";
import { ManualClock } from "./testing/clocks.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

test("[SRC1] [SRC7] the SDK finds messages with their authors, page by page, in all rooms or in one", async () => {
  const server = await world.server();
  const ada = await server.guest("Ada");
  for (let index = 0; index < 5; index++) await ada.post(`tea ${index}`);
  const chat = world.chat({ url: server.url, token: ada.token });
  const found: SearchHit[] = [];
  let next: string | undefined;
  do {
    const page = await chat.search("TEA", { limit: 2, room: "general", ...(next && { next }) });
    if (!page.ok) throw new Error(page.error.detail);
    found.push(...page.value.hits);
    next = page.value.next ?? undefined;
  } while (next !== undefined);
  expect(found.map(({ message }) => message.text)).toEqual([4, 3, 2, 1, 0].map((n) => `tea ${n}`));
  expect(found[0]).toMatchObject({
    room: "general",
    author: { id: ada.user.id, name: "Ada" },
    highlight: ["", "tea", " 4"],
  });
  expect(await chat.search("in:nowhere tea")).toMatchObject({
    ok: false,
    error: { code: "room_not_found" },
  });
});

/** A chat that answers when it is told to. */
class SlowChat {
  readonly asked: { q: string; options: SearchOptions }[] = [];
  #answer: (page: Outcome<SearchPage>) => void = () => {};
  search(q: string, options: SearchOptions = {}): Promise<Outcome<SearchPage>> {
    this.asked.push({ q, options });
    return new Promise((resolve) => (this.#answer = resolve));
  }
  async answer(texts: readonly string[], next: string | null): Promise<void> {
    const hits = texts.map((text) => ({
      room: "general",
      message: { text } as Message,
      author: null,
      users: {},
      highlight: [text],
    }));
    this.#answer({ ok: true, value: { hits, next } });
    await Bun.sleep(0);
  }
  async fail(code: ClientProblem["code"] = "no_connection"): Promise<void> {
    this.#answer({ ok: false, error: { code, detail: "no answer" } });
    await Bun.sleep(0);
  }
}

test("[SDK12] what is typed is asked for after a pause, only the last of it counts, and no call is left behind", async () => {
  const [chat, clock] = [new SlowChat(), new ManualClock()];
  const search = new LiveSearch(chat, "general", clock);
  const shown = () => {
    const { status, hits, hasMore } = search.state.get();
    return [status, hits.map(({ message }) => message.text).join(" "), hasMore];
  };
  for (const q of ["t", "te", "tea", " tea "]) search.find(q);
  expect([shown(), chat.asked.length]).toEqual([["searching", "", false], 0]);
  clock.advance(200);
  expect(chat.asked.map(({ q, options: { room } }) => [q, room])).toEqual([["tea", "general"]]);
  await chat.answer(["one", "two"], "n1");
  expect(shown()).toEqual(["found", "one two", true]);

  // An empty page is not the end.
  const more = search.loadMore();
  expect(shown()).toEqual(["searching", "one two", true]);
  await chat.answer([], "n2");
  await chat.answer(["three"], null);
  await more;
  expect(chat.asked.map(({ options }) => options.next)).toEqual([undefined, "n1", "n2"]);
  expect(shown()).toEqual(["found", "one two three", false]);
  await search.loadMore();
  expect(chat.asked).toHaveLength(3);

  // What failed is asked for again; what was found before stays until there is an answer.
  search.find("milk");
  clock.advance(200);
  await chat.fail();
  expect([shown(), search.state.get().problem?.code]).toEqual([
    ["failed", "one two three", false],
    "no_connection",
  ]);
  void search.loadMore();
  await chat.answer(["milk"], null);
  expect(shown()).toEqual(["found", "milk", false]);

  // A next that leads nowhere any more: again is from the top.
  search.find("rain");
  clock.advance(200);
  await chat.answer(["one"], "n1");
  void search.loadMore();
  await chat.fail("invalid_cursor");
  void search.loadMore();
  await chat.answer(["two"], null);
  expect([shown(), chat.asked.at(-1)?.options.next]).toEqual([["found", "two", false], undefined]);

  // An answer that comes too late changes nothing.
  search.find("late");
  clock.advance(200);
  search.find("");
  await chat.answer(["late"], null);
  expect([shown(), chat.asked.at(-1)?.options.signal?.aborted]).toEqual([
    ["idle", "", false],
    true,
  ]);
  search.find("again");
  search.stop();
  expect(clock.pending).toBe(0);
});

test("[SDK12] asked anew, all that was found before stays until as much of it is found as it is now", async () => {
  const [chat, clock] = [new SlowChat(), new ManualClock()];
  const search = new LiveSearch(chat, undefined, clock);
  const shown = () => {
    const { status, hits } = search.state.get();
    return [status, hits.map(({ message }) => message.text).join(" ")];
  };
  search.again();
  expect([search.state.get().status, chat.asked.length]).toEqual(["idle", 0]);
  search.find("tea");
  clock.advance(200);
  await chat.answer(["one", "two"], "n1");
  void search.loadMore();
  await chat.answer(["three"], "n2");
  search.again();
  expect(shown()).toEqual(["searching", "one two three"]);
  await chat.answer(["one"], "n3");
  expect(shown()).toEqual(["searching", "one two three"]);
  await chat.answer(["three", "four"], null);
  expect(shown()).toEqual(["found", "one three four"]);
  expect(chat.asked.map(({ options }) => options.next)).toEqual([undefined, "n1", undefined, "n3"]);
  search.stop();
});
