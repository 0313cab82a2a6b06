import type { Message, User } from "@snug/protocol";
import { expect, test } from "bun:test";
import type { ClientProblem, ConnectionState, Outcome } from "./api.ts";
import type { LinkUser } from "./connection.ts";
import type { Link } from "./link.ts";
import type { Entry, OutboxStorage } from "./outbox-storage.ts";
import { Outbox } from "./outbox.ts";
import { fail, noConnection, succeed, unauthorized } from "./problem.ts";
import { Cell } from "./store.ts";
import type { TabNews } from "./tabs.ts";
import { ManualClock } from "./testing/clocks.ts";
import { message } from "./testing/fake-server.ts";

const ROOM = "general";
const HOUR = 3_600_000;
const [ada, bob] = ["u_ada", "u_bob"].map((id): User => ({
  id: id as User["id"],
  name: id,
  guest: true,
})) as [User, User];

/** Keeps entries in memory; a test may make any of it fail or hang. */
class Shelf implements OutboxStorage {
  readonly kept = new Map<string, Entry>();
  fails: "all" | "put" | "remove" | null = null;
  /** What hangs, until it is called. */
  hanging: (() => void)[] | null = null;

  all = () => this.#do("all", () => [...this.kept.values()]);
  put = (entry: Entry) => this.#do("put", () => void this.kept.set(entry.clientId, entry));
  remove = (clientId: string) => this.#do("remove", () => void this.kept.delete(clientId));
  close = () => {};

  async #do<Value>(what: "all" | "put" | "remove", act: () => Value): Promise<Value> {
    if (this.hanging) await new Promise<void>((resume) => this.hanging?.push(resume));
    if (this.fails === what) throw new Error("full");
    return act();
  }
}

/** An outbox whose server, store and tabs are the test's own. */
function setUp({ storage = new Shelf() as Shelf | null, clock = new ManualClock() } = {}) {
  const state = new Cell<ConnectionState>({ status: "connecting", user: null });
  const users = new Set<LinkUser>();
  const posts: { clientId: string; text: string; answer: (answer: Outcome<Message>) => void }[] =
    [];
  const looks: Entry[] = [];
  const told: TabNews[] = [];
  let find: Outcome<Message | null> = succeed(null);
  let holders = 0;
  let link: Link | null = null;
  let user = ada;
  let hear: (news: TabNews) => void = () => {};
  let lead = () => {};
  const persons: (string | null)[] = [];
  const tab = {
    leads: true,
    tell: (news: TabNews) => void told.push(news),
    as: (user: string | null) => void persons.push(user),
    lead() {},
    close() {},
  };
  const outbox = new Outbox({
    connection: {
      state,
      use(each) {
        users.add(each);
        if (link) each.linked(link, user);
        return () => void users.delete(each);
      },
      hold() {
        holders++;
        return () => void holders--;
      },
    },
    clock,
    storage,
    joinTabs(on) {
      hear = on.news;
      lead = on.lead;
      return tab;
    },
    find(entry) {
      looks.push(entry);
      return Promise.resolve(find);
    },
  });
  const stop = outbox.start();
  return {
    outbox,
    clock,
    posts,
    looks,
    told,
    persons,
    tab,
    stop,
    hear: (news: TabNews) => hear(news),
    lead: () => lead(),
    holders: () => holders,
    finds: (found: Outcome<Message | null>) => void (find = found),
    add: (text: string) =>
      outbox.add({
        room: ROOM,
        ephemeral: false,
        text,
        replyTo: null,
        thread: null,
        files: [],
        after: null,
      }),
    states: () => outbox.entries(ROOM).map((entry) => `${entry.text} ${entry.state}`),
    connect(as = ada) {
      user = as;
      const own: Link = {
        transport: "websocket",
        ended: new Promise(() => {}),
        follow: () => () => {},
        check() {},
        fail() {},
        close() {},
        tell: () => Promise.resolve(succeed(null)),
        post: (_, send) =>
          new Promise((answer) => {
            posts.push({ ...send, answer });
          }),
      };
      link = own;
      state.set({ status: "live", user: as, transport: "websocket" });
      for (const each of users) each.linked(own, as);
    },
    disconnect() {
      link = null;
      for (const each of users) each.unlinked();
    },
    refuse(problem: ClientProblem = unauthorized) {
      this.disconnect();
      state.set({ status: "refused", user: null, problem });
    },
  };
}

/** Everything that was resolved has been acted upon. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function stored(seq: number, { clientId, text }: { clientId: string; text: string }, by = ada) {
  return succeed(message(seq, by.id, clientId, text));
}

const problem = (code: string, more: Partial<ClientProblem> = {}) =>
  fail({ code: code as ClientProblem["code"], detail: "", ...more });

/** Answers each post as stored, as it comes. */
async function storeAll({ posts }: Pick<ReturnType<typeof setUp>, "posts">): Promise<string[]> {
  const sent: string[] = [];
  for (await settle(); posts[0]; await settle()) {
    const [post] = posts.splice(0, 1);
    if (!post) break;
    sent.push(post.text);
    post.answer(stored(sent.length, post));
  }
  return sent;
}

test("[SDK2] what is written shows at once, waits without a connection, and goes out one by one, in order", async () => {
  const box = setUp();
  const texts = Array.from({ length: 200 }, (_, index) => `${index}`);
  const postings = texts.map((text) => box.add(text));
  expect(box.states()).toEqual(texts.map((text) => `${text} waiting`));
  expect(box.holders()).toBe(1);
  box.connect();
  await settle();
  expect(box.posts.map(({ text }) => text)).toEqual(["0"]);
  expect(await storeAll(box)).toEqual(texts);
  const outcomes = await Promise.all(postings.map(({ sent }) => sent));
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect([box.states(), box.holders(), box.clock.pending]).toEqual([[], 0, 0]);
});

test("[SDK2] rooms do not wait for each other", async () => {
  const box = setUp();
  box.connect();
  box.add("here");
  box.outbox.add({
    room: "other",
    ephemeral: false,
    text: "there",
    replyTo: null,
    thread: null,
    files: [],
    after: null,
  });
  await settle();
  expect(box.posts.map(({ text }) => text)).toEqual(["here", "there"]);
});

test("[SDK2] it is kept before it is sent, and gone from there once it is stored", async () => {
  const storage = new Shelf();
  const box = setUp({ storage });
  await settle();
  box.connect();
  storage.hanging = [];
  box.add("x");
  await settle();
  expect([box.posts.length, box.states()]).toEqual([0, ["x waiting"]]);
  expect(box.outbox.isKept(ROOM)).toBe(false);
  for (const resume of storage.hanging.splice(0)) resume();
  storage.hanging = null;
  await settle();
  expect([box.posts.length, storage.kept.size]).toEqual([1, 1]);
  expect(box.outbox.isKept(ROOM)).toBe(true);
  // Also where another is on its way meanwhile.
  storage.hanging = [];
  box.add("y");
  box.posts.splice(0)[0]?.answer(stored(1, { clientId: "x", text: "x" }));
  await settle();
  expect([box.posts.length, box.states()]).toEqual([0, ["y waiting"]]);
  for (const resume of storage.hanging.splice(0)) resume();
  storage.hanging = null;
  expect(await storeAll(box)).toEqual(["y"]);
  expect(storage.kept.size).toBe(0);
});

test("[SDK2] what an earlier page left goes out first, also before what was written while it was read", async () => {
  const storage = new Shelf();
  const earlier = setUp({ storage });
  for (const text of ["a", "b", "c"]) earlier.add(text);
  await settle();
  earlier.stop();

  const box = setUp({ storage });
  box.add("d");
  box.connect();
  box.add("e");
  expect(box.posts).toEqual([]);
  await settle();
  expect(box.states().map((line) => line[0])).toEqual(["a", "b", "c", "d", "e"]);
  const third = setUp({ storage });
  await settle();
  expect(third.states().map((line) => line[0])).toEqual(["a", "b", "c", "d", "e"]);
  expect(await storeAll(box)).toEqual(["a", "b", "c", "d", "e"]);
});

test("[SDK2] [IDM1] what an earlier version kept, of the text alone, is sent as it was; answers and replies keep their places over a repeat", async () => {
  const storage = new Shelf();
  const earlier = setUp({ storage });
  const { clientId } = earlier.add("old");
  await settle();
  earlier.stop();
  const { replyTo: _, thread: _t, files: _f, ...old } = storage.kept.get(clientId) as Entry;
  storage.kept.set(clientId, old as Entry);

  const box = setUp({ storage });
  await settle();
  expect(box.outbox.entries(ROOM)).toMatchObject([{ replyTo: null, thread: null, files: [] }]);
  const own = { room: ROOM, ephemeral: false, after: null };
  box.outbox.add({ ...own, text: "new", replyTo: 4, thread: 2, files: [] });
  box.connect();
  await settle();
  const bodies = () => box.posts.map(({ answer: _answer, clientId: _id, ...body }) => body);
  expect(bodies()).toEqual([{ text: "old" }]);
  box.posts[0]?.answer(stored(1, { clientId, text: "old" }));
  await settle();
  box.disconnect();
  box.posts[1]?.answer(fail(noConnection));
  await settle();
  box.connect();
  await settle();
  const reply = { text: "new", replyTo: 4, thread: 2 };
  expect(bodies() as unknown[]).toEqual([{ text: "old" }, reply, reply]);
});

test("[SDK2] what an earlier page left keeps the connection until it is sent", async () => {
  const storage = new Shelf();
  setUp({ storage }).add("a");
  await settle();
  const box = setUp({ storage });
  await settle();
  expect(box.holders()).toBe(1);
  box.connect();
  await storeAll(box);
  expect(box.holders()).toBe(0);
});

test.each(["all", "put", "remove"] as const)(
  "[SDK2] a store whose %s fails keeps nothing from being sent, and the app is told",
  async (what) => {
    const storage = new Shelf();
    storage.fails = what;
    const box = setUp({ storage });
    box.connect();
    const { sent } = box.add("x");
    await settle();
    expect(box.outbox.isKept(ROOM)).toBe(what !== "put");
    expect(await storeAll(box)).toEqual(["x"]);
    expect((await sent).ok).toBe(true);
    expect(box.outbox.isKept(ROOM)).toBe(true);
  },
);

test("[SDK2] without a store nothing would survive, and the app is told", async () => {
  const box = setUp({ storage: null });
  box.connect();
  expect(box.outbox.isKept(ROOM)).toBe(false);
  box.add("x");
  expect(await storeAll(box)).toEqual(["x"]);
});

test("[SDK2] what is written in an ephemeral room is never put into the store, also when it fails, and the app is told", async () => {
  const storage = new Shelf();
  const put: string[] = [];
  storage.put = (entry) => Promise.resolve(void put.push(entry.text));
  const box = setUp({ storage });
  const { sent } = box.outbox.add({
    room: "e",
    ephemeral: true,
    text: "secret",
    replyTo: null,
    thread: null,
    files: [],
    after: null,
  });
  await settle();
  expect([box.outbox.isKept("e"), box.outbox.isKept(ROOM)]).toEqual([false, true]);
  box.connect();
  await settle();
  box.posts.splice(0)[0]?.answer(problem("room_gone"));
  expect(await sent).toMatchObject({ ok: false, error: { code: "room_gone" } });
  box.add("for long");
  await settle();
  expect([box.outbox.entries("e").map(({ state }) => state), put]).toEqual([
    ["failed"],
    ["for long"],
  ]);
});

test("[SDK2] what was written before the room was known to be ephemeral is taken out of the store, also while it is put there", async () => {
  const storage = new Shelf();
  const box = setUp({ storage });
  const add = (text: string) =>
    box.outbox.add({
      room: "e",
      ephemeral: false,
      text,
      replyTo: null,
      thread: null,
      files: [],
      after: null,
    });
  const texts = async () => (await storage.all()).map(({ text }) => text);
  add("kept so far");
  await settle();
  expect(await texts()).toEqual(["kept so far"]);
  add("on its way there");
  box.outbox.unkeep("e");
  box.add("elsewhere");
  await settle();
  expect(await texts()).toEqual(["elsewhere"]);
  expect(box.outbox.isKept("e")).toBe(false);
  // It waits all the same, and goes out.
  box.connect();
  await settle();
  expect(box.posts.map(({ text }) => text)).toContain("kept so far");
});

test("[SDK2] what stayed in the store by mistake is sent under its old id, so that it is not there twice", async () => {
  const storage = new Shelf();
  storage.fails = "remove";
  const first = setUp({ storage });
  first.connect();
  const { clientId } = first.add("x");
  await storeAll(first);
  storage.fails = null;
  const next = setUp({ storage });
  next.connect();
  await settle();
  expect(next.posts.map((post) => post.clientId)).toEqual([clientId]);
});

test("[SDK2] what is taken back while it is being kept does not come back", async () => {
  const storage = new Shelf();
  const box = setUp({ storage });
  await settle();
  storage.hanging = [];
  const { clientId, sent } = box.add("x");
  await settle();
  box.outbox.discard(clientId);
  const resume = storage.hanging;
  storage.hanging = null;
  for (const each of resume) each();
  await settle();
  expect([storage.kept.size, box.states(), box.holders()]).toEqual([0, [], 0]);
  expect(await sent).toMatchObject({ ok: false, error: { code: "discarded" } });
});

test("[IDM1] an answer that is lost makes it wait, and it goes out again under the same id", async () => {
  const box = setUp();
  box.connect();
  const { clientId } = box.add("x");
  await settle();
  box.disconnect();
  box.posts[0]?.answer(fail(noConnection));
  await settle();
  expect(box.states()).toEqual(["x waiting"]);
  box.connect();
  await settle();
  expect(box.posts.map((post) => post.clientId)).toEqual([clientId, clientId]);
});

test("[SDK2] an event that comes before its answer settles it, and the answer then says nothing new", async () => {
  const box = setUp();
  box.connect();
  const { clientId, sent } = box.add("x");
  box.add("y");
  await settle();
  box.outbox.arrived(message(1, ada.id, clientId, "x"));
  expect(await sent).toMatchObject({ ok: true, value: { seq: 1 } });
  box.posts[0]?.answer(fail(noConnection));
  await settle();
  expect(box.posts.map(({ text }) => text)).toEqual(["x", "y"]);
});

test("[SDK2] another's message under the same id is not this one", async () => {
  const box = setUp();
  box.connect();
  const { clientId } = box.add("x");
  await settle();
  box.outbox.arrived(message(1, bob.id, clientId, "x"));
  expect(box.states()).toEqual(["x sending"]);
});

test("[SDK2] what the server refuses fails visibly, lets the next one go, and retry sends it at the end", async () => {
  const box = setUp();
  box.connect();
  const { clientId, sent } = box.add("x");
  box.add("y");
  await settle();
  box.posts.splice(0)[0]?.answer(problem("forbidden"));
  await settle();
  expect(await sent).toMatchObject({ ok: false, error: { code: "forbidden" } });
  expect(box.states()).toEqual(["x failed", "y sending"]);
  box.outbox.retry(clientId);
  box.outbox.retry(clientId);
  box.outbox.discard(box.posts[0]?.clientId ?? "");
  expect(box.states()).toEqual(["y sending", "x waiting"]);
  expect(await storeAll(box)).toEqual(["y", "x"]);
});

test("[IDM2] a retry after a conflict is a message of its own", async () => {
  const box = setUp();
  box.connect();
  const { clientId } = box.add("x");
  await settle();
  box.posts.splice(0)[0]?.answer(problem("client_id_conflict"));
  await settle();
  box.outbox.retry(clientId);
  await settle();
  expect(box.posts).toHaveLength(1);
  expect(box.posts[0]?.clientId).not.toBe(clientId);
  await storeAll(box);
  expect(box.states()).toEqual([]);
});

test("[AVL3] what fails in passing is sent again after the time the server asks for, and no longer than a minute", async () => {
  const box = setUp();
  box.connect();
  box.add("x");
  for (const [answer, wait] of [
    [problem("store_unavailable"), 2_000],
    [problem("store_full", { retryAfter: 7 }), 7_000],
    [problem("of_a_later_server", { retryAfter: 1e9 }), 60_000],
  ] as const) {
    await settle();
    box.posts.splice(0)[0]?.answer(answer);
    await settle();
    expect([box.states(), box.clock.next]).toEqual([["x waiting"], wait]);
    box.clock.advance(wait);
  }
  expect(await storeAll(box)).toEqual(["x"]);
  expect(box.clock.pending).toBe(0);
});

test("[SDK2] each room waits for its own time", async () => {
  const box = setUp();
  box.connect();
  box.add("here");
  box.outbox.add({
    room: "other",
    ephemeral: false,
    text: "there",
    replyTo: null,
    thread: null,
    files: [],
    after: null,
  });
  await settle();
  const [here, there] = box.posts.splice(0);
  here?.answer(problem("store_full", { retryAfter: 1 }));
  there?.answer(problem("store_full", { retryAfter: 60 }));
  await settle();
  box.clock.advance(1_000);
  await settle();
  expect(box.posts.map(({ text }) => text)).toEqual(["here"]);
});

test("[SDK2] a fault of the server is met three times, and is then for a person to decide", async () => {
  const box = setUp();
  box.connect();
  box.add("x");
  for (let fault = 0; fault < 3; fault++) {
    await settle();
    box.posts.splice(0)[0]?.answer(problem("internal_error"));
    await settle();
    box.clock.advance(2_000);
  }
  await settle();
  expect([box.states(), box.posts.length]).toEqual([["x failed"], 0]);
});

test("[SDK3] what is older than 20 h is looked for first, by whatever the clock says now", async () => {
  for (const [age, looks] of [
    [20 * HOUR, false],
    [20 * HOUR + 1, true],
    [-1, true],
    [-24 * HOUR, true],
  ] as const) {
    const clock = new ManualClock();
    const storage = new Shelf();
    const writer = setUp({ storage, clock });
    writer.add("x");
    await settle();
    const later = new ManualClock();
    later.advance(age);
    const box = setUp({ storage, clock: Object.assign(later, { now: () => clock.now() + age }) });
    box.connect();
    await settle();
    expect([box.looks.length > 0, box.posts.length]).toEqual([looks, 1]);
  }
});

test("[SDK3] what is found in the log is not sent again, and what could not be looked for waits", async () => {
  const storage = new Shelf();
  const clock = new ManualClock();
  const writer = setUp({ storage, clock });
  const { clientId } = writer.add("x");
  await settle();
  clock.advance(21 * HOUR);
  const box = setUp({ storage, clock });
  box.finds(fail(noConnection));
  box.connect();
  await settle();
  expect([box.states(), box.posts.length]).toEqual([["x waiting"], 0]);
  box.finds(stored(5, { clientId, text: "x" }));
  clock.advance(2_000);
  await settle();
  expect([box.states(), box.posts.length, storage.kept.size]).toEqual([[], 0, 0]);
});

test("[SDK2] a refusal fails what waits and what is written then; signed in, it all goes out by itself, in order", async () => {
  const box = setUp();
  const before = box.add("a");
  box.refuse();
  expect(await before.sent).toMatchObject({ ok: false, error: { code: "unauthorized" } });
  const during = box.add("b");
  expect(await during.sent).toMatchObject({ ok: false, error: { code: "unauthorized" } });
  expect(box.states()).toEqual(["a failed", "b failed"]);
  box.outbox.retry(during.clientId);
  await settle();
  expect(box.states()).toEqual(["a failed", "b failed"]);
  box.connect();
  expect(await storeAll(box)).toEqual(["a", "b"]);
});

test("[SDK2] an answer that says nobody is signed in fails nothing: the connection says whether it is so", async () => {
  const box = setUp();
  box.connect();
  box.add("x");
  await settle();
  box.posts.splice(0)[0]?.answer(fail(unauthorized));
  await settle();
  expect([box.states(), box.posts]).toEqual([["x waiting"], []]);
  box.connect();
  expect(await storeAll(box)).toEqual(["x"]);
});

test("[SDK2] a refusal while it is being sent is a failure, whatever comes of that answer", async () => {
  const box = setUp();
  box.connect();
  box.add("x");
  await settle();
  box.refuse();
  box.posts.splice(0)[0]?.answer(fail(noConnection));
  await settle();
  expect(box.states()).toEqual(["x failed"]);
  box.connect();
  expect(await storeAll(box)).toEqual(["x"]);
});

test("[SDK2] under another name it fails until its writer is back; a retry sends it under the new name", async () => {
  const box = setUp();
  box.connect();
  box.disconnect();
  const { sent } = box.add("a");
  const other = box.add("b");
  box.connect(bob);
  box.add("c");
  expect(await sent).toMatchObject({ ok: false, error: { code: "other_sender" } });
  expect(box.states()).toEqual(["a failed", "b failed", "c waiting"]);
  await settle();
  box.posts.splice(0)[0]?.answer(stored(1, { clientId: "c", text: "c" }, bob));
  const held = box.outbox.entries(ROOM)[0];
  box.connect(bob);
  expect(box.outbox.entries(ROOM)[0]).toBe(held as never);
  box.outbox.retry(other.clientId);
  await settle();
  expect(box.posts.map(({ text }) => text)).toEqual(["b"]);
  expect(box.posts[0]?.clientId).not.toBe(other.clientId);
  await storeAll(box);
  box.connect();
  expect(await storeAll(box)).toEqual(["a"]);
});

test("[SDK2] another name that comes while an old message is looked for blocks nothing", async () => {
  const clock = new ManualClock();
  const storage = new Shelf();
  setUp({ clock, storage }).outbox.add({
    room: ROOM,
    ephemeral: false,
    text: "old",
    replyTo: null,
    thread: null,
    files: [],
    after: null,
  });
  await settle();
  clock.advance(21 * HOUR);
  const box = setUp({ clock, storage });
  box.connect();
  let found: (outcome: Outcome<null>) => void = () => {};
  box.finds(new Promise((resolve) => (found = resolve)) as never);
  await settle();
  box.connect(bob);
  found(succeed(null));
  await settle();
  box.posts.splice(0)[0]?.answer(fail(noConnection));
  box.add("new");
  await settle();
  expect(box.states()).toEqual(["old failed", "new sending"]);
});

test("[SDK2] for its writer in another tab, or later, it still waits: another name here changes nothing there", async () => {
  const storage = new Shelf();
  const box = setUp({ storage });
  box.connect();
  box.disconnect();
  box.add("a");
  await settle();
  box.told.length = 0;
  box.connect(bob);
  box.refuse();
  await settle();
  expect(box.told.filter(({ kind }) => kind !== "whose")).toEqual([]);
  expect([...storage.kept.values()]).toMatchObject([{ text: "a", state: "waiting", by: ada.id }]);
  expect(box.persons).toEqual([ada.id, bob.id, null]);
});

test("[SDK2] what another person's tab holds is shown to nobody else, and only its writer takes it back", async () => {
  const storage = new Shelf();
  const [adas, bobs] = [setUp({ storage }), setUp({ storage })];
  adas.connect();
  adas.disconnect();
  const { clientId, sent } = adas.add("a");
  await settle();
  adas.told.length = 0;
  const late = setUp({ storage });
  await settle();
  late.connect(bob);
  expect(late.told).toEqual([{ kind: "whose", clientId }]);
  for (const news of late.told) adas.hear(news);
  expect(adas.told).toEqual([{ kind: "mine", clientId }]);
  for (const news of adas.told) {
    late.hear(news);
    adas.hear(news);
  }
  expect([late.states(), late.holders(), adas.states()]).toEqual([[], 0, ["a waiting"]]);
  late.outbox.retry(clientId);
  late.outbox.discard(clientId);
  await settle();
  expect([late.posts, late.told.length, storage.kept.size]).toEqual([[], 1, 1]);

  // Who has none of it, or is nobody yet, has nothing to say.
  bobs.connect(bob);
  const nobody = setUp();
  for (const box of [bobs, nobody]) box.hear({ kind: "whose", clientId });
  expect([bobs.told.filter(({ kind }) => kind === "mine"), nobody.told]).toEqual([[], []]);

  adas.connect();
  await storeAll(adas);
  expect((await sent).ok).toBe(true);
});

test("[SDK2] what is left of somebody who is in no tab is for whoever is here, until they are back", async () => {
  const storage = new Shelf();
  const before = setUp({ storage });
  before.connect();
  before.disconnect();
  before.add("a");
  await settle();
  before.stop();
  const box = setUp({ storage });
  await settle();
  box.connect(bob);
  expect(box.states()).toEqual(["a failed"]);
  const back = setUp({ storage });
  await settle();
  back.connect();
  await settle();
  back.posts[0]?.answer(problem("forbidden"));
  await settle();
  for (const news of back.told) box.hear(news);
  expect([box.states(), back.states()]).toEqual([[], ["a failed"]]);
});

test("[SDK2] what another tab wrote before it knew who writes is not sent from here: it may be another person's", async () => {
  const theirs = setUp();
  const { clientId } = theirs.add("there");
  const box = setUp();
  box.connect();
  await settle();
  for (const news of theirs.told.splice(0)) box.hear(news);
  box.add("here");
  expect(await storeAll(box)).toEqual(["here"]);
  // Once it knows, it says so.
  theirs.connect();
  for (const news of theirs.told) box.hear(news);
  expect(box.outbox.entries(ROOM)).toMatchObject([{ clientId, by: ada.id }]);
  expect(await storeAll(theirs)).toEqual(["there"]);
});

test("[SDK2] a tab shows what another wrote, sends only when it leads, and hears how it ended", async () => {
  const writer = setUp();
  writer.connect();
  const { clientId } = writer.add("x");
  const put = writer.told.find((news) => news.kind === "put");
  const box = setUp();
  box.tab.leads = false;
  box.connect();
  await settle();
  if (put) box.hear(put);
  await settle();
  expect([box.states(), box.posts.length]).toEqual([["x waiting"], 0]);
  box.tab.leads = true;
  box.lead();
  await settle();
  expect(box.posts.map((post) => post.clientId)).toEqual([clientId]);
  box.hear({ kind: "sent", clientId, message: message(1, ada.id, clientId, "x") });
  expect(box.states()).toEqual([]);
  box.posts[0]?.answer(stored(1, { clientId, text: "x" }));
  await settle();
  expect([box.states(), box.holders()]).toEqual([[], 0]);
});

test("[SDK2] a tab that leads sends what another tab let wait again, and leaves alone what another person wrote", async () => {
  const box = setUp();
  box.connect();
  await settle();
  const entry: Entry = {
    clientId: "c-1",
    room: ROOM,
    ephemeral: false,
    text: "x",
    replyTo: null,
    thread: null,
    files: [],
    by: ada.id,
    order: 1,
    writtenAt: box.clock.now(),
    after: null,
    state: "waiting",
    problem: null,
  };
  box.hear({ kind: "put", entry: { ...entry, clientId: "c-2", by: bob.id } });
  box.hear({ kind: "put", entry: { ...entry, state: "failed", problem: unauthorized } });
  expect(box.states()).toEqual(["x failed"]);
  box.hear({ kind: "put", entry });
  await settle();
  expect(box.posts.map((post) => post.clientId)).toEqual(["c-1"]);
  box.hear({ kind: "discarded", clientId: "c-1" });
  expect([box.states(), box.holders()]).toEqual([[], 0]);
});

test("[SDK2] of what is another tab's by now, this one still says how it ended", async () => {
  const box = setUp();
  box.connect();
  box.disconnect();
  const { clientId, sent } = box.add("x");
  await settle();
  const entry = box.outbox.entries(ROOM)[0] as Entry;
  box.hear({ kind: "put", entry: { ...entry, by: bob.id } });
  expect(box.states()).toEqual([]);
  box.hear({ kind: "sent", clientId, message: message(1, bob.id, clientId, "x") });
  expect(await sent).toMatchObject({ ok: true, value: { seq: 1 } });
});

test("[SDK2] what another tab takes back is settled here too, as taken back", async () => {
  const box = setUp();
  const { clientId, sent } = box.add("x");
  box.hear({ kind: "discarded", clientId });
  expect(await sent).toMatchObject({ ok: false, error: { code: "discarded" } });
  expect([box.states(), box.holders()]).toEqual([[], 0]);
});

test.each([true, false])(
  "[SDK2] what another tab takes back while it is on its way here ends as its answer says: stored %p",
  async (isStored) => {
    const box = setUp();
    box.connect();
    const { clientId, sent } = box.add("x");
    await settle();
    box.hear({ kind: "discarded", clientId });
    const answer = isStored ? stored(1, { clientId, text: "x" }) : fail(noConnection);
    box.posts[0]?.answer(answer);
    const outcome = await sent;
    expect(outcome.ok ? "stored" : outcome.error.code).toBe(isStored ? "stored" : "discarded");
  },
);

test("[SDK2] a listener that is not ready holds back what it wants to hear of, and no longer than it listens", async () => {
  const box = setUp();
  box.connect();
  let changes = 0;
  const undo = box.outbox.listen(ROOM, {
    changed: () => changes++,
    sent: () => {},
    isReady: () => false,
  });
  box.add("x");
  await settle();
  expect([box.posts.length, changes > 0]).toEqual([0, true]);
  undo();
  await settle();
  expect(box.posts).toHaveLength(1);
});

test("[SDK14] of a log that was lost, what was stored last is sent again, once, in order; not what was taken back, nor what is there", async () => {
  const box = setUp();
  box.connect();
  for (const text of ["kept", "lost", "taken back", "deleted", "there", "lost too"]) box.add(text);
  expect(await storeAll(box)).toHaveLength(6);
  box.outbox.remove(ROOM, (seq) => seq === 3);
  box.outbox.take(ROOM, { type: "message.deleted", target: 4 } as never);
  const waiting = box.add("waiting");
  await settle();
  box.outbox.lost(ROOM, 1);
  expect(box.states()).toEqual([
    "lost waiting",
    "there waiting",
    "lost too waiting",
    "waiting sending",
  ]);
  const answer = async (outcome: Outcome<Message>) => {
    box.posts.shift()?.answer(outcome);
    await settle();
    return box.posts[0]?.text;
  };
  expect(await answer(stored(2, box.posts[0] as never))).toBe("lost");
  expect(await answer(stored(3, box.posts[0] as never))).toBe("there");
  expect(await answer(stored(5, box.posts[0] as never))).toBe("lost too");
  await answer(stored(4, box.posts[0] as never));
  expect([box.states(), (await waiting.sent).ok]).toEqual([[], true]);

  box.outbox.lost(ROOM, 0);
  await settle();
  expect(box.states()).toEqual([
    "kept sending",
    "lost waiting",
    "there waiting",
    "lost too waiting",
    "waiting waiting",
  ]);
  const eve = setUp();
  eve.connect();
  eve.add("Ada's");
  await storeAll(eve);
  eve.disconnect();
  eve.connect({ ...ada, id: "u_eve" as never });
  eve.outbox.lost(ROOM, 0);
  expect(eve.states()).toEqual([]);
});

test("[SDK14] what was cleared is not sent again, and a reply whose thread was lost is in none", async () => {
  const box = setUp();
  box.connect();
  for (const text of ["cleared", "root"]) box.add(text);
  const around = { ephemeral: false, replyTo: null, files: [], after: null };
  box.outbox.add({ ...around, room: ROOM, text: "reply", thread: 2 });
  await storeAll(box);
  box.outbox.take(ROOM, { type: "room.cleared", upTo: 1 } as never);
  box.outbox.lost(ROOM, 0);
  expect(box.outbox.entries(ROOM)).toMatchObject([
    { text: "root", thread: null },
    { text: "reply", thread: null },
  ]);
});

test("[SDK5] after the end no timer is left, also of a send that was on its way", async () => {
  const box = setUp();
  box.connect();
  box.add("x");
  await settle();
  box.stop();
  box.posts[0]?.answer(problem("store_unavailable"));
  await settle();
  expect([box.clock.pending, box.states()]).toEqual([0, ["x waiting"]]);

  const other = setUp();
  other.connect();
  other.add("x");
  await settle();
  other.posts[0]?.answer(problem("store_unavailable"));
  await settle();
  expect(other.clock.pending).toBe(1);
  other.stop();
  expect(other.clock.pending).toBe(0);
});
