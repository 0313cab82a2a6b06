import type { Event } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatRoom, Outcome } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import type { Proxy } from "./testing/proxy.ts";
import { eventually, until } from "./testing/until.ts";
import { readLog, texts, World, type Movable } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

/** How often it is played; more is better, and this is what a suite has time for. */
const RUNS = Number(process.env["SNUG_RUNS"] ?? 12);

const client = fc.constantFrom(0, 1);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("post" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stall" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("deafen" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("down" as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("heal" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("switch" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reconnect" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("blink" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), client }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "crowd" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

class Person {
  readonly room: ChatRoom;
  readonly proxy: Proxy;
  readonly heard: number[] = [];
  readonly postings: { text: string; sent: Promise<Outcome<{ seq: number }>> }[] = [];
  readonly #chat;
  #undo: () => void;

  constructor(proxy: Proxy, token: string) {
    this.proxy = proxy;
    this.#chat = world.chat({ url: proxy.url, token }, new FastClock(100));
    this.room = this.#chat.room("general");
    const note = (event: Event) => this.heard.push(event.seq);
    world.after(this.room.on("message.posted", note));
    world.after(this.room.on("member.joined", note));
    this.#undo = this.room.state.subscribe(() => {});
  }

  async act(what: Exclude<Step["do"], "restart" | "crowd">, text: string): Promise<void> {
    const { proxy } = this;
    switch (what) {
      case "post": {
        const posting = this.room.post(text);
        if (posting.ok) this.postings.push({ text, sent: posting.value.sent });
        return;
      }
      case "cut":
        return proxy.cut();
      case "stall":
        proxy.stalls = true;
        return;
      case "deafen":
        proxy.isDeaf = true;
        return;
      case "down":
        return proxy.down();
      case "heal":
        return this.heal();
      case "switch":
        proxy.blocksWebSocket = !proxy.blocksWebSocket;
        return proxy.cut();
      case "reconnect":
        return this.#chat.reconnect();
      case "blink":
        this.#undo();
        this.#undo = this.room.messages.subscribe(() => {});
        return;
      case "wait":
        if (!proxy.isDown && !proxy.isSilent && !proxy.isDeaf)
          await until(this.room.state, ({ status }) => status === "live");
    }
  }

  /** What was lost on the way stays lost: whatever was connected is so no more. */
  heal(): void {
    const { proxy } = this;
    if (proxy.isDeaf || proxy.isSilent) proxy.cut();
    proxy.isDeaf = false;
    proxy.stalls = false;
    proxy.up();
  }
}

async function play(movable: Movable, people: readonly Person[], steps: readonly Step[]) {
  const stranger = await movable.server.guest("Stranger");
  for (const [index, one] of steps.entries()) {
    if (one.do === "restart") await movable.restart();
    else if (one.do === "crowd") await crowd(movable, stranger.token, index);
    else await people[one.client]?.act(one.do, `${one.client}: ${index}`);
    // The loop turns, so that some of it has begun and little of it has ended.
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const person of people) person.heal();
  return stranger.token;
}

async function crowd({ server }: Movable, token: string, index: number): Promise<void> {
  const post = (clientId: string) =>
    server.fetch("/v1/rooms/general/messages", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ clientId, text: clientId }),
    });
  await Promise.all(Array.from({ length: 310 }, (_, number) => post(`crowd ${index} ${number}`)));
}

test("[SDK1] [SDK2] [SDK4] [ORD2] whatever breaks, each list is the log, each event was heard once and in order, and each send is there once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      try {
        const movable = await world.movable();
        const guests = [await movable.server.guest("Ada"), await movable.server.guest("Bob")];
        const people: Person[] = [];
        for (const { token } of guests) people.push(new Person(await movable.way(), token));
        const from = (await readLog(movable.server.url, guests[0]?.token ?? "")).length;
        for (const { room } of people) await until(room.state, ({ status }) => status === "live");
        const token = await play(movable, people, steps);

        for (const { postings } of people) {
          for (const { sent } of postings) expect(await sent).toMatchObject({ ok: true });
        }
        const log = await readLog(movable.server.url, token);
        const posted = log.filter((event) => event.type === "message.posted");
        const told = log.slice(from).map(({ seq }) => seq);
        for (const { room, heard, postings } of people) {
          await eventually(() => heard.length >= told.length);
          expect(heard).toEqual(told);
          await until(room.state, ({ status }) => status === "live");
          const messages = room.messages.get();
          expect(messages.map(({ seq }) => seq)).toEqual(posted.map(({ seq }) => seq));
          expect(texts(messages)).toEqual(posted.map(({ text }) => text));
          const own = messages.filter(({ mine }) => mine);
          expect(texts(own)).toEqual(postings.map(({ text }) => text));
        }
      } finally {
        await world.end();
      }
    }),
    { numRuns: RUNS },
  );
});
