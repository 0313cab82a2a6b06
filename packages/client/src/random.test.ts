import type { Event, Message } from "@snug/protocol";
import { afterEach, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatMessage, ChatRoom, MessageList, Outcome, SentMessage } from "./api.ts";
import { FastClock } from "./testing/clocks.ts";
import type { Proxy } from "./testing/proxy.ts";
import { eventually, until } from "./testing/until.ts";
import { readLog, World, type Movable } from "./testing.ts";

const world = new World();
afterEach(() => world.end());

/** How often it is played; more is better, and this is what a suite has time for. */
const RUNS = Number(process.env["SNUG_RUNS"] ?? 10);

const client = fc.constantFrom(0, 1);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("post" as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reply" as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("edit" as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("react" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pin" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("jump" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("page" as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("type" as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), client }) },
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

const heardTypes: ReadonlySet<Event["type"]> = new Set([
  "message.posted",
  "message.edited",
  "message.deleted",
  "message.pinned",
  "message.unpinned",
  "reaction.added",
  "reaction.removed",
  "member.joined",
]);

class Person {
  readonly room: ChatRoom;
  readonly proxy: Proxy;
  readonly heard: number[] = [];
  readonly postings: { text: string; sent: Promise<Outcome<{ seq: number }>> }[] = [];
  readonly changes: Promise<Outcome<null>>[] = [];
  readonly #chat;
  #undo: () => void;

  constructor(proxy: Proxy, token: string) {
    this.proxy = proxy;
    this.#chat = world.chat({ url: proxy.url, token }, new FastClock(100));
    this.room = this.#chat.room("general");
    const note = (event: Event) => this.heard.push(event.seq);
    for (const type of heardTypes) world.after(this.room.on(type, note));
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
      case "reply": {
        const [root] = this.#sent();
        const posting = root && this.room.thread(root.seq).post(text);
        if (posting?.ok) this.postings.push({ text, sent: posting.value.sent });
        return;
      }
      case "edit":
        return this.#change(
          ({ mine }) => mine,
          ({ seq }) => this.room.edit(seq, text),
        );
      case "remove":
        return this.#change(
          ({ mine }) => mine,
          ({ seq }) => this.room.remove(seq),
        );
      case "react":
        return this.#change(
          () => true,
          ({ seq, reactions }) => this.room.react(seq, "👍", !reactions["👍"]),
        );
      case "pin":
        return this.#change(
          () => true,
          ({ seq, pinned }) => this.room.pin(seq, !pinned),
        );
      case "jump":
        return void this.room.loadAround(this.#sent()[0]?.seq ?? 1);
      case "page":
        void this.room.loadOlder();
        return void this.room.loadNewer();
      case "type":
        return this.room.setTyping();
      case "read":
        return this.room.markRead();
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

  #sent(): SentMessage[] {
    return this.room.messages
      .get()
      .filter((message) => message.state === "sent" && message.deletedAt === null) as SentMessage[];
  }

  #change(
    fits: (message: SentMessage) => boolean,
    change: (message: SentMessage) => Promise<Outcome<null>>,
  ): void {
    const message = this.#sent().findLast(fits);
    if (message) this.changes.push(change(message));
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

/** All of a list's messages, as pages show them. */
async function served({ server }: Movable, token: string, thread?: number): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const query = new URLSearchParams({ limit: "200" });
    if (thread !== undefined) query.set("thread", String(thread));
    if (all[0]) query.set("before", String(all[0].seq));
    const response = await server.fetch(`/v1/rooms/general/messages?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { messages } = (await response.json()) as { messages: Message[] };
    if (messages.length === 0) return all.filter(({ seq }) => seq !== thread);
    all.unshift(...messages);
  }
}

/** What a list holds when all of it is held and nothing is on its way. */
async function whole(list: MessageList & Pick<ChatRoom, "state">): Promise<Message[]> {
  const isSettled = (messages: readonly ChatMessage[]) =>
    messages.every((one) => one.state === "failed" || (one.state === "sent" && !one.saving));
  await until(list.state, ({ status }) => status === "live");
  await list.loadLatest();
  while (list.state.get().older !== "none") await list.loadOlder();
  // A reply to what is gone stays as failed, for a person to decide; `sent` told why.
  const settled = await until(list.messages, isSettled);
  const sent = settled.filter(({ state }) => state !== "failed");
  return sent.map((message) => {
    const { key: _, state: _s, author: _a, mine: _m, saving: _g, ...rest } = message as SentMessage;
    return rest;
  });
}

test("[SDK1] [SDK2] [SDK4] [SDK8] [SDK9] [ORD2] [MSG16] whatever breaks, each list is as the server has it, each event was heard once and in order, and each send is there once", async () => {
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

        const own: number[][] = [];
        for (const { postings, changes } of people) {
          const outcomes = await Promise.all(postings.map(({ sent }) => sent));
          // A thread cannot be begun, nor anything changed, where the message is gone.
          own.push(outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value.seq] : [])));
          for (const outcome of [...outcomes, ...(await Promise.all(changes))])
            if (!outcome.ok) expect(outcome.error.code).toBe("message_not_found");
        }
        const log = await readLog(movable.server.url, token);
        const told = log.slice(from).filter(({ type }) => heardTypes.has(type));
        const posted = log.filter((event) => event.type === "message.posted");
        const list = await served(movable, token);
        const threads = new Set(posted.flatMap(({ thread }) => (thread === null ? [] : [thread])));
        for (const [index, { room, heard }] of people.entries()) {
          await eventually(() => heard.length >= told.length);
          expect(heard).toEqual(told.map(({ seq }) => seq));
          expect(await whole(room)).toEqual(list);
          for (const root of threads) {
            const thread = room.thread(root);
            world.after(thread.state.subscribe(() => {}));
            expect(await whole(thread as never)).toEqual(await served(movable, token, root));
          }
          const by = guests[index]?.user.id;
          const sent = posted.filter((event) => event.by === by).map(({ seq }) => seq);
          expect(own[index]?.toSorted((one, other) => one - other)).toEqual(sent);
        }
      } finally {
        await world.end();
      }
    }),
    { numRuns: RUNS },
  );
});
