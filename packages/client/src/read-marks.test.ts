import { afterEach, expect, test } from "bun:test";
import type { User } from "@snug/protocol";
import type { ConnectionState } from "./api.ts";
import { Cell } from "./store.ts";
import { FastClock, ManualClock } from "./testing/clocks.ts";
import { eventually, until } from "./testing/until.ts";
import type { Telling } from "./link.ts";
import { fail, noConnection, succeed, unauthorized } from "./problem.ts";
import { ReadMarks } from "./read-marks.ts";
import { World } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

const settle = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new ManualClock();
  const told: Telling[] = [];
  let holders = 0;
  let users: { linked(link: never, user: User): void; unlinked(): void }[] = [];
  let answer: () => unknown = () => succeed(null);
  const link = {
    tell: async (command: Telling) => {
      told.push(command);
      return answer();
    },
  } as never;
  const state = new Cell<ConnectionState>({ status: "connecting", user: null });
  let isLinked = true;
  let user = { id: "u_ada" } as User;
  const marks = new ReadMarks({
    room: "general",
    clock,
    connection: {
      state,
      hold: () => {
        holders++;
        return () => void holders--;
      },
      use: (each) => {
        users.push(each);
        if (isLinked) each.linked(link, user);
        return () => void (users = users.filter((other) => other !== each));
      },
    },
  });
  return {
    clock,
    marks,
    holders: () => holders,
    seqs: () => told.map((command) => (command.type === "mark-read" ? command.seq : null)),
    told,
    answers: (next: () => unknown) => void (answer = next),
    refuse: () => state.set({ status: "refused", user: null, problem: unauthorized }),
    link: (up: boolean, id?: string) => {
      isLinked = up;
      if (id !== undefined) user = { id } as User;
      state.set({ status: "connecting", user });
      for (const each of users) {
        if (up) each.linked(link, user);
        else each.unlinked();
      }
    },
  };
}

test("[SDK11] reading on is told at once, then once a second with the newest place alone, and never backwards", async () => {
  const { clock, marks, seqs, holders } = setUp();
  for (const seq of [3, 2, 5, 7, 7, 6]) marks.mark(seq, null);
  await settle();
  expect(seqs()).toEqual([3]);
  clock.advance(999);
  expect(seqs()).toEqual([3]);
  clock.advance(1);
  await settle();
  expect(seqs()).toEqual([3, 7]);
  clock.advance(1_000);
  await settle();
  expect([seqs(), holders(), clock.pending]).toEqual([[3, 7], 0, 0]);
  marks.mark(8, null);
  marks.mark(4, 2);
  await settle();
  expect(seqs()).toEqual([3, 7, 8]);
  clock.advance(1_000);
  expect(seqs()).toEqual([3, 7, 8, 4]);
});

test("[SDK11] what could not be told is told later, what is refused is not told again", async () => {
  const { clock, marks, seqs, holders, answers, link } = setUp();
  link(false);
  marks.mark(3, null);
  expect([seqs(), holders()]).toEqual([[], 1]);
  answers(() => fail(noConnection));
  link(true);
  await settle();
  link(false);
  clock.advance(1_000);
  answers(() => fail({ code: "rate_limited", detail: "", retryAfter: 3 }));
  link(true);
  await settle();
  expect(seqs()).toEqual([3, 3]);
  answers(() => fail({ code: "forbidden", detail: "" }));
  clock.advance(3_000);
  await settle();
  expect([seqs(), holders()]).toEqual([[3, 3, 3], 0]);
  clock.advance(10_000);
  expect([seqs(), clock.pending]).toEqual([[3, 3, 3], 0]);
});

test("[SDK11] how far one user has read is not told as the next one's, and holds none of theirs back", async () => {
  const { clock, marks, told, holders, link } = setUp();
  marks.mark(9, 2);
  await settle();
  link(false);
  marks.mark(5, null);
  link(true, "u_bob");
  clock.advance(5_000);
  expect([told.length, holders(), clock.pending]).toEqual([1, 0, 0]);
  marks.mark(4, 2);
  await settle();
  clock.advance(5_000);
  link(true, "u_eve");
  marks.mark(3, 2);
  const ofThread = { type: "mark-read", room: "general", thread: 2 };
  expect(told.slice(1)).toEqual([4, 3].map((seq) => ({ ...ofThread, seq })) as Telling[]);
});

test("[SDK11] what another device has read takes back nothing that is still to be told", async () => {
  const { clock, marks, seqs } = setUp();
  for (const seq of [5, 9]) marks.mark(seq, null);
  await settle();
  marks.is(5);
  clock.advance(1_000);
  expect(seqs()).toEqual([5, 9]);
});

test("[SDK11] going back takes what waits with it, and reading on begins from there", async () => {
  const { clock, marks, told } = setUp();
  marks.mark(5, null);
  marks.mark(9, null);
  expect(await marks.back(3)).toMatchObject({ ok: true });
  clock.advance(5_000);
  expect(told).toEqual([
    { type: "mark-read", room: "general", seq: 5 },
    { type: "mark-read", room: "general", seq: 3, back: true },
  ]);
  marks.mark(4, null);
  expect(told).toHaveLength(3);
});

test("[SDK11] going back waits for a connection, is told again where nobody knows whether it arrived, and ends with the name", async () => {
  const { marks, told, answers, link, clock, holders, refuse } = setUp();
  link(false);
  const first = marks.back(3);
  answers(() => fail(noConnection));
  link(true);
  await settle();
  link(false);
  answers(() => succeed(null));
  clock.advance(5_000);
  link(true);
  expect(await first).toMatchObject({ ok: true });
  const back = { type: "mark-read", room: "general", seq: 3, back: true } as const;
  expect([told, holders()]).toEqual([[back, back], 0]);

  link(false);
  const [second, third] = [marks.back(7), marks.back(5)];
  expect(await second).toMatchObject({ error: { code: "given_up" } });
  marks.mark(6, null);
  clock.advance(5_000);
  link(true);
  expect(await third).toMatchObject({ ok: true });
  expect([told.slice(2), holders()]).toEqual([[{ ...back, seq: 6 }], 0]);

  link(false);
  const fourth = marks.back(4);
  link(true, "u_bob");
  expect(await fourth).toMatchObject({ error: { code: "other_sender" } });
  link(false);
  const fifth = marks.back(4);
  refuse();
  expect(await fifth).toMatchObject({ error: { code: "unauthorized" } });
  expect(await marks.back(4)).toMatchObject({ error: { code: "unauthorized" } });
  clock.advance(5_000);
  expect([told.length, holders(), clock.pending]).toEqual([3, 0, 0]);
});

test("[SDK11] marking as unread may be the first deed of a chat", async () => {
  const server = world.fake();
  for (const text of ["a", "b", "c"]) server.add(text);
  const clock = new FastClock();
  const chat = world.chat({ url: server.url, token: "t" }, clock);
  expect(await chat.room("general").markUnread(2)).toEqual({ ok: true, value: null });
  expect(server.commands.at(-1)).toMatchObject({ type: "mark-read", seq: 1, back: true });
  await eventually(() => clock.pending === 0);
});

test("[SDK11] a room is marked to the end of what is held, by whichever way; counts and levels come from the inbox alone", async () => {
  const server = world.fake();
  for (let seq = 1; seq <= 120; seq++) server.add(String(seq));
  server.happen({ type: "member.joined", user: { id: "u_x", name: "X" } });
  const chat = world.chat({ url: server.url, token: "t" }, new FastClock(50));
  const room = chat.room("general");
  const badge: unknown[] = [];
  world.after(chat.unread.subscribe(() => badge.push(chat.unread.get())));
  world.after(room.state.subscribe(() => {}));
  await until(room.state, ({ status }) => status === "live");
  const marked = () =>
    server.commands.filter(({ type }) => type === "mark-read").map(({ seq }) => seq);
  await room.loadAround(30);
  room.markRead();
  await eventually(() => marked().length === 1);
  await room.loadLatest();
  room.markRead();
  await eventually(() => marked().length === 2);
  expect(marked()).toEqual([54, 121]);
  expect(await room.markUnread(50)).toMatchObject({ ok: true });
  expect(server.commands.at(-1)).toMatchObject({ type: "mark-read", seq: 49, back: true });

  for (const [level, unread, mentions] of [
    ["all", 7, 2],
    ["mentions", 7, 2],
    ["none", 7, 2],
    ["none", 8, 2],
  ] as const) {
    Object.assign(server.standing, { level, unread, mentions });
    server.tell({ type: "inbox", changed: [server.entry()], gone: [] });
  }
  await until(chat.inbox, ({ rooms }) => rooms[0]?.unread === 8);
  expect(badge).toEqual([
    { unread: 7, mentions: 2, threads: 0 },
    { unread: 0, mentions: 2, threads: 0 },
    { unread: 0, mentions: 0, threads: 0 },
  ]);
  expect(await room.setLevel("all")).toMatchObject({ ok: true });
});
