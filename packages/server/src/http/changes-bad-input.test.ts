import { expect, test } from "bun:test";
import { codes, limits, type Code } from "@snug/protocol";
import fc from "fast-check";
import type { Frame, TestGuest, TestServer } from "../testing.ts";
import { castRoom, stateOf } from "./cast.ts";
import { outcome, testServers } from "./testing.ts";

const { start } = testServers();

/** A room of Ada's with what somebody may try to get at. */
async function scene(server: TestServer) {
  const [ada, bob, eve] = await Promise.all(["Ada", "Bob", "Eve"].map(server.guest));
  if (!ada || !bob || !eve) throw new Error("three people");
  const room = await castRoom(server, {
    kind: "public",
    in: [
      [ada, "owner"],
      [bob, "member"],
    ],
  });
  const secret = await castRoom(server, { kind: "private", in: [[ada, "owner"]] });
  const path = `/v1/rooms/${room.id}/messages`;
  const mine = await said(bob, path, "Bob's");
  const gone = await said(bob, path, "taken back");
  const reply = await said(bob, path, "in a thread", { thread: mine });
  await bob.call("DELETE", `${path}/${gone}`);
  return { ada, bob, eve, room, secret, path, mine, gone, reply };
}

async function said(someone: TestGuest, path: string, text: string, more: object = {}) {
  const body = { clientId: crypto.randomUUID(), text, ...more };
  const answer = (await (await someone.call("POST", path, body)).json()) as {
    message: { seq: number };
  };
  return answer.message.seq;
}

/** Numbers at which there is no message, as a path may hold them and as a body may. */
const nowhere = (gone: number) => [
  gone,
  // The joins of those who are there.
  1,
  2,
  0,
  -1,
  1_000_000,
  2 ** 31,
  Number.MAX_SAFE_INTEGER,
];
const noNumbers = ["x", "1.5", "1e3", "0x1", "", " 1", "01", "null", "NaN", "-0", "9".repeat(40)];

test("[MSG11] [AVL1] changes to what is not there, is another's, was deleted, or is in another room change nothing", async () => {
  const server = await start();
  const { bob, room, path, gone, reply, secret } = await scene(server);
  const other = room.seq;
  const before = await stateOf(server);
  const reaction = `/reactions/${encodeURIComponent("👍")}`;
  const calls: [method: string, rest: string, body?: object][] = [
    ["PATCH", "", { text: "t" }],
    ["PUT", reaction],
    ["DELETE", reaction],
    ["PUT", "/pin"],
    ["DELETE", "/pin"],
  ];
  for (const seq of [...nowhere(gone), ...noNumbers].map((each) => encodeURIComponent(each))) {
    for (const [method, rest, body] of calls) {
      const told = await outcome(await bob.call(method, `${path}/${seq}${rest}`, body));
      // An empty number makes another address of it.
      expect([method, rest, seq, told]).toEqual([
        method,
        rest,
        seq,
        seq === "" ? expect.stringMatching(/^40[45]/) : "404 message_not_found",
      ] as never);
    }
    if (Number(seq) !== gone && seq !== "")
      expect(await outcome(await bob.call("DELETE", `${path}/${seq}`))).toBe(
        "404 message_not_found",
      );
  }
  // Deleted is deleted: once more is no change.
  expect(await outcome(await bob.call("DELETE", `${path}/${gone}`))).toBe("204");
  for (const [method, body] of [["PATCH", { text: "mine" }], ["DELETE"]] as const)
    expect(await outcome(await bob.call(method, `${path}/${other}`, body))).toBe("403 forbidden");
  // The same number in a room that one may not see is no message of this one.
  for (const [method, rest, body] of [...calls, ["DELETE", ""] as const])
    expect(
      await outcome(
        await bob.call(method, `/v1/rooms/${secret.id}/messages/${secret.seq}${rest}`, body),
      ),
    ).toBe("404 room_not_found");
  for (const [place, seq] of [
    ["replyTo", gone],
    ["thread", gone],
    ["thread", reply],
    ["replyTo", 1],
    ["thread", 2 ** 40],
  ] as const)
    expect(
      await outcome(await bob.call("POST", path, { clientId: "c", text: "t", [place]: seq })),
    ).toBe("404 message_not_found");
  for (const place of ["replyTo", "thread"])
    for (const value of ["1", -1, 0, 1.5, true, [], {}, 1e300])
      expect(
        await outcome(await bob.call("POST", path, { clientId: "c", text: "t", [place]: value })),
      ).toBe(`400 invalid_request ${place}`);
  expect(await stateOf(server)).toEqual(before);
  expect(server.faults).toEqual([]);
});

test("[MSG9] [AVL1] what is no emoji is no reaction, on any door, and a thousand different ones are too many", async () => {
  const server = await start();
  const { ada, bob, room, path, mine } = await scene(server);
  const socket = await bob.socket();
  const before = await stateOf(server);
  const none = [
    "x",
    "👍👍",
    "👍 ",
    " ",
    "1",
    "#",
    "\0",
    "❤",
    "👍\u{1f3fb}\u{1f3fb}",
    "\u200d",
    "🏴\u{e0067}\u{e0062}",
    "<img>",
    "%",
    "\u202e",
    "👨‍👩‍👧‍👦".repeat(10),
    "x".repeat(2_000),
  ];
  for (const emoji of none) {
    const address = `${path}/${mine}/reactions/${encodeURIComponent(emoji)}`;
    for (const method of ["PUT", "DELETE"])
      expect([emoji, await outcome(await bob.call(method, address))]).toEqual([
        emoji,
        "400 invalid_request emoji",
      ]);
    const { error } = await socket.ask({ type: "add-reaction", room: room.id, seq: mine, emoji });
    expect([error?.code, error?.field]).toEqual(["invalid_request", "emoji"]);
  }
  for (const emoji of ["%", "%zz", "%ff", "%F0%9F"])
    expect(await outcome(await bob.call("PUT", `${path}/${mine}/reactions/${emoji}`))).toBe(
      "400 invalid_request emoji",
    );
  for (const emoji of [undefined, null, 5, [], {}, ["👍"]]) {
    const { error } = await socket.ask({ type: "add-reaction", room: room.id, seq: mine, emoji });
    expect([error?.code, error?.field]).toEqual(["invalid_request", "emoji"]);
  }
  expect(await stateOf(server)).toEqual(before);

  const isOne = /^\p{RGI_Emoji}$/v;
  const thousand = Array.from({ length: 3_000 }, (_, index) =>
    String.fromCodePoint(0x1f300 + index),
  ).filter((emoji) => isOne.test(emoji));
  const told: Frame[] = [];
  for (const emoji of thousand.slice(0, 1_000))
    told.push(await socket.ask({ type: "add-reaction", room: room.id, seq: mine, emoji }));
  const taken = told.filter(({ ok }) => ok).length;
  expect([told.length > 900, taken]).toEqual([true, limits.reactionKinds]);
  expect(new Set(told.filter(({ ok }) => !ok).map(({ error }) => error.code as string))).toEqual(
    new Set(["forbidden"]),
  );
  const { message } = await ada.get(`${path}/${mine}`);
  expect(Object.keys(message.reactions)).toEqual(thousand.slice(0, limits.reactionKinds));
  socket.close();
});

test("[UNR2] [AVL1] read marks that say nothing change nothing, and what is ahead is the end", async () => {
  const server = await start();
  const { bob, eve, room, mine, gone, reply } = await scene(server);
  const path = `/v1/rooms/${room.id}/read`;
  const reading = async () => {
    const { rooms } = await bob.get("/v1/me");
    return rooms.find((one: { room: { id: string } }) => one.room.id === room.id);
  };
  const before = await reading();
  for (const seq of [undefined, null, "1", -1, 1.5, "x", true, [], {}, 1e300])
    expect(await outcome(await bob.call("PUT", path, { seq }))).toBe("400 invalid_request seq");
  for (const back of [null, 1, "true", []])
    expect(await outcome(await bob.call("PUT", path, { seq: 1, back }))).toBe(
      "400 invalid_request back",
    );
  for (const thread of [null, 0, -1, "1", 1.5])
    expect(await outcome(await bob.call("PUT", path, { seq: 1, thread }))).toBe(
      "400 invalid_request thread",
    );
  for (const thread of [reply, 1, 1_000_000])
    expect(await outcome(await bob.call("PUT", path, { seq: 1, thread }))).toBe(
      "404 message_not_found",
    );
  expect(await outcome(await eve.call("PUT", path, { seq: 1 }))).toBe("403 forbidden");
  expect(await outcome(await eve.call("PUT", `/v1/rooms/nowhere/read`, { seq: 1 }))).toBe(
    "404 room_not_found",
  );
  expect(await outcome(await bob.call("PUT", path, { seq: 0 }))).toBe("204");
  expect(await reading()).toEqual(before);
  expect(await outcome(await bob.call("PUT", path, { seq: Number.MAX_SAFE_INTEGER }))).toBe("204");
  expect((await reading()).read).toBe((await reading()).room.seq);
  expect([mine, gone].every(Number.isInteger)).toBe(true);
});

test("[WS4] [AVL1] [AVL2] whatever a changing command says, it is answered with a code, and what it may not do is not done", async () => {
  const server = await start();
  const { bob, room, secret } = await scene(server);
  const socket = await bob.socket();
  const types = [
    "edit-message",
    "delete-message",
    "add-reaction",
    "remove-reaction",
    "mark-read",
    "set-typing",
    "set-away",
    "post-message",
  ];
  const odd = fc.oneof(
    fc.integer({ min: -5, max: 40 }),
    fc.constantFrom<unknown>(null, true, 1.5, 2 ** 53, 1e300, "1", "", [], {}, "👍", "x", "@room"),
    fc.string({ maxLength: 5 }),
  );
  const command = fc.record(
    {
      type: fc.constantFrom(...types),
      room: fc.constantFrom<unknown>(room.id, secret.id, "nowhere", 5, null),
      seq: odd,
      text: odd,
      emoji: odd,
      back: odd,
      away: odd,
      clientId: odd,
      thread: odd,
      replyTo: odd,
    },
    { requiredKeys: ["type"] },
  );
  const secretly = async () =>
    (await stateOf(server)).rooms.find((one) => one.room.id === secret.id);
  const before = await secretly();
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 20 }), async (some) => {
      const replies = await Promise.all(some.map((one) => socket.ask(one)));
      for (const { ok, error } of replies)
        expect(ok || (codes[error.code as Code] !== undefined && error.detail !== "")).toBe(true);
    }),
    { numRuns: 20 },
  );
  expect(await secretly()).toEqual(before);
  expect(socket.raw.readyState).toBe(WebSocket.OPEN);
  const text = JSON.stringify(await bob.get(`/v1/rooms/${room.id}/messages`));
  expect(text).toContain("a secret of this room");
  socket.close();
  expect(server.faults).toEqual([]);
});
