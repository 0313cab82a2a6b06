import type { Command, Happening, Person, Place, PlaceWish, Plan, Step, Wish } from "./command.ts";
import { people } from "./command.ts";
import type { Feed } from "./feed.ts";
import { type Event, idOf, ReferenceRoom, type Reply } from "./reference.ts";
import { turnOfTheLoop } from "./clock.ts";
import type { World } from "./world.ts";

/** Sent at once, at most. All orders of them are tried, to find one that explains the answers. */
const MOST_TOGETHER = 4;

export class Disagreement extends Error {}

interface Done {
  command: Command;
  reply: Reply;
}

/** Plays the plan in a new room, and throws where Snug and the reference part. */
export async function play(world: World, { kind, capacity, steps }: Plan): Promise<void> {
  await new Play(world).run(kind, capacity, steps);
}

class Play {
  readonly #world: World;
  #room!: ReferenceRoom;
  /** All that the log ever held, as it was told when it was committed. */
  #log: Event[] = [];
  readonly #ids = new Set<string>();
  #invites = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async run(kind: Plan["kind"], capacity: number | null, steps: readonly Step[]): Promise<void> {
    const world = this.#world;
    const { epoch } = await world.newRoom(kind, capacity);
    this.#room = new ReferenceRoom(
      { kind, epoch, capacity },
      { stored: (seq) => this.#log[seq - 1], now: () => world.clock.now() },
    );
    this.#log = world.takeCommitted();
    for (const [name, role] of [
      ["ada", "owner"],
      ["ben", "moderator"],
      ["cid", "member"],
      ["dora", "reader"],
    ] as const)
      this.#room.settle(name, role);
    this.#checkLog(0);
    for (const group of groups(steps)) await this.#do(group);
    await this.#checkState();
    await this.#checkWholeLog();
  }

  async #do(group: readonly Step[]): Promise<void> {
    const world = this.#world;
    const [first] = group;
    if (first?.wish.do === "clock") return world.clock.jump(first.wish.by);
    if (first?.wish.do === "restart") return world.restart();

    const before = this.#room;
    const { head } = before;
    before.begin();
    const ended: Done[] = [];
    const stumbles: boolean[] = [];
    const running: Promise<void>[] = [];
    for (const { wish, pause } of group) {
      for (let turn = 0; turn < (running.length === 0 ? 0 : pause); turn++) {
        await turnOfTheLoop();
        world.clock.turn();
      }
      if (wish.do === "stumble") {
        running.push(world.stumble().then((isStored) => void stumbles.push(isStored)));
        continue;
      }
      if (wish.do === "clock" || wish.do === "restart") continue;
      const command = this.#meant(wish);
      running.push(world.perform(command).then((reply) => void ended.push({ command, reply })));
    }
    let over = false;
    const all = Promise.all(running).finally(() => (over = true));
    await world.clock.settle(() => over);
    await all;
    if (stumbles.includes(true)) this.#disagree("somebody who is not there came in");
    if (world.faults.length > 0) this.#disagree(`a fault: ${String(world.faults.splice(0)[0])}`);

    this.#log.push(...world.takeCommitted());
    await this.#explain(before, ended);
    this.#checkLog(head);
    this.#checkFeeds(head, ended);
  }

  /** Finds an order of what was done together in which the reference answers the same. */
  async #explain(before: ReferenceRoom, ended: readonly Done[]): Promise<void> {
    const [only, ...others] = ended;
    if (only !== undefined && others.length === 0) {
      const expected = before.apply(only.command);
      if (!Bun.deepEquals(expected, only.reply))
        this.#disagree(`${show(only.command)} got ${show(only.reply)}, not ${show(expected)}`);
      return;
    }
    const found = new Map<string, ReferenceRoom>();
    this.#inEachOrder(before, ended, (after) => found.set(after.key(), after));
    // Where the answers leave it open which came first, the room itself decides.
    const [first] = found.values();
    const after = found.size < 2 ? first : this.#byState(found, await this.#world.state());
    if (after === undefined) {
      const all = ended.map(({ command, reply }) => `${show(command)} got ${show(reply)}`);
      const log = show(this.#log.slice(before.head));
      this.#disagree(
        `no order of these explains their answers and the log:\n${all.join("\n")}\n${log}`,
      );
    }
    this.#room = after;
  }

  #byState(found: ReadonlyMap<string, ReferenceRoom>, state: object): ReferenceRoom | undefined {
    return [...found.values()].find((room) => Bun.deepEquals(room.state(), state));
  }

  #inEachOrder(
    room: ReferenceRoom,
    left: readonly Done[],
    found: (room: ReferenceRoom) => void,
  ): void {
    if (left.length === 0 && room.head === this.#log.length) found(room);
    for (const [index, { command, reply }] of left.entries()) {
      const after = room.copy();
      const isTooLate = "code" in reply && isOvertaken(command, room, this.#room);
      if (!isTooLate && !agrees(command, reply, after.apply(command))) continue;
      const [told, stored] = [after.told.slice(room.head), this.#log.slice(room.head, after.head)];
      if (!Bun.deepEquals(told, stored)) continue;
      this.#inEachOrder(after, left.toSpliced(index, 1), found);
    }
  }

  /** What the log holds from here on is what the reference says, with new ids and in the order of time. */
  #checkLog(from: number): void {
    const { told, head } = this.#room;
    if (this.#log.length !== head)
      this.#disagree(`the log has ${this.#log.length} events, not ${head}`);
    for (let index = from; index < head; index++) {
      const [stored, expected] = [this.#log[index], told[index]];
      if (!Bun.deepEquals(stored, expected))
        this.#disagree(`the log holds ${show(stored)}, not ${show(expected)}`);
      if (stored && this.#ids.size === this.#ids.add(stored.id).size)
        this.#disagree(`two events have the id ${stored.id}`);
      const earlier = this.#log[index - 1];
      if (earlier && stored && stored.at < earlier.at)
        this.#disagree(`time runs backwards at seq ${stored.seq}`);
    }
  }

  async #checkWholeLog(): Promise<void> {
    const { epoch, base, head, events } = this.#room;
    const stored = await this.#world.log(epoch, base, this.#room.idAt(base));
    if (!Bun.deepEquals(stored, events.slice(base, head)))
      this.#disagree(`read again, the log is ${show(stored)}, not ${show(events.slice(base))}`);
  }

  async #checkState(): Promise<void> {
    const [actual, expected] = [await this.#world.state(), this.#room.state()];
    if (!Bun.deepEquals(actual, expected))
      this.#disagree(`the room is ${show(actual)}, not ${show(expected)}`);
  }

  #checkFeeds(head: number, ended: readonly Done[]): void {
    const lost = lostIn(this.#log.slice(head), ended);
    for (const feed of this.#world.feeds) {
      const isNew = feed.next === null;
      this.#checkFeed(feed, head, lost);
      if (!feed.ended && lost.has(feed.by) && (!isNew || !this.#room.sees(feed.by)))
        this.#disagree(`${feed.by} was put out, and follows the room still`);
    }
    this.#world.feeds = this.#world.feeds.filter((feed) => !feed.ended);
  }

  #checkFeed(feed: Feed, head: number, lost: ReadonlyMap<Person, number>): void {
    const told = feed.take();
    const { epoch, seq, id } = feed.start;
    if (feed.next === null) {
      const place = { text: `${epoch}.${seq}.${id}`, cursor: feed.start };
      const { from, gap } = this.#room.resume(place);
      feed.next = from + 1;
      // Who is put out before the log was read is told nothing of it.
      if (gap !== null && told[0]?.kind !== "closed") {
        const first = told.shift();
        if (first?.kind !== "gap" || !Bun.deepEquals(first.gap, gap))
          this.#disagree(`${feed.by} was told ${show(first)} first, not the gap ${show(gap)}`);
      }
    }
    for (const one of told) {
      if (one.kind === "closed") continue;
      const { events, told: atFirst } = this.#room;
      const cursor = this.#room.cursor(feed.next);
      // What was deleted in the same moment may come with its words or without.
      const expected = [atFirst[feed.next - 1], events[feed.next - 1]].map((event) => ({
        kind: "event",
        cursor,
        event,
      }));
      if (!expected.some((it) => Bun.deepEquals(one as object, it)))
        this.#disagree(`${feed.by} was told ${show(one)}, not ${show(expected)}`);
      feed.next++;
    }
    if (!feed.ended) {
      if (feed.next !== this.#room.head + 1)
        this.#disagree(`${feed.by} was not told of seq ${feed.next} and after`);
      return;
    }
    const until = lost.get(feed.by);
    if (until === undefined) this.#disagree(`${feed.by}'s stream ended without a reason`);
    if (told.at(-1)?.kind !== "closed") this.#disagree(`${feed.by} was not told of the end`);
    if (feed.next - 1 > Math.max(until, head))
      this.#disagree(`${feed.by} was told of seq ${feed.next - 1}, and was out since ${until}`);
  }

  /** The command that a wish comes to, with what there is now. */
  #meant(wish: Exclude<Wish, Happening>): Command {
    const { head } = this.#room;
    switch (wish.do) {
      case "events":
        return { ...wish, after: this.#place(wish.after) };
      case "follow":
        return { ...wish, after: this.#place(wish.after) };
      case "messages": {
        if (wish.at !== "cursor")
          return { ...wish, seq: wish.n % (head + 3), thread: this.#message(wish.thread) };
        const after = this.#place(wish.after);
        return after === null
          ? { do: "messages", by: wish.by, at: "end", seq: 0, thread: null, limit: wish.limit }
          : { ...wish, after };
      }
      case "post": {
        const [replyTo, thread] = [wish.where === "reply", wish.where === "thread"];
        return {
          ...wish,
          replyTo: replyTo ? this.#message(wish.n) : null,
          thread: thread ? this.#message(wish.n % 40) : null,
        };
      }
      case "edit":
      case "delete":
      case "react":
      case "pin":
      case "edits":
        return { ...wish, seq: this.#message(wish.n) ?? 0 };
      case "mark":
        return { ...wish, seq: wish.n % (head + 3), thread: this.#message(wish.thread) };
      case "message":
        return { ...wish, seq: wish.n % (head + 2) };
      case "join":
        return {
          ...wish,
          invite: wish.invite === null ? null : wish.invite % (this.#invites + 1),
        };
      case "invite":
        return { ...wish, name: this.#invites++ };
      case "end-invite":
        return { ...wish, invite: wish.n % (this.#invites + 1) };
      case "trim":
        return { ...wish, upTo: wish.n % (head + 2) };
      case "clear":
      case "inbox":
      case "threads":
      case "pins":
      case "search":
      case "members":
      case "room":
      case "leave":
      case "remove":
      case "unban":
      case "add":
      case "appoint":
      case "archive":
      case "limit":
        return wish;
    }
  }

  /** The number of a message, mostly; at times of what is none. */
  #message(n: number | null): number | null {
    if (n === null) return null;
    const all = [...this.#room.messages.keys()];
    if (n % 10 === 0 || all.length === 0) return (n % (this.#room.head + 2)) + 1;
    return all[Math.floor(n / 10) % all.length] ?? null;
  }

  #place({ kind, n }: PlaceWish): Place | null {
    const { epoch, head } = this.#room;
    const seq = n % (head + 1);
    const at = (where: { epoch: string; seq: number; id: string }): Place => ({
      text: `${where.epoch}.${where.seq}.${where.id}`,
      cursor: where,
    });
    const id = this.#room.idAt(seq);
    switch (kind) {
      case "none":
        return null;
      case "known":
        return at({ epoch, seq, id });
      case "wrong id":
        return at({ epoch, seq: seq + 1, id: this.#room.idAt(((n * 7) % head) + 1) + "x" });
      case "future":
        return at({ epoch, seq: head + 1 + n, id: this.#room.idAt(head) });
      case "other epoch":
        return at({ epoch: "e0", seq, id });
      case "other room": {
        const [other = "", number = "", event = ""] = this.#world.elsewhere.split(".");
        return at({ epoch: other, seq: Number(number), id: event });
      }
      case "garbage": {
        const all = ["", "x", "..", `${epoch}.-1.${id}`, `${epoch}.${seq}`, `${epoch}.01.${id}`];
        return { text: all[n % all.length] ?? "", cursor: null };
      }
    }
  }

  #disagree(what: string): never {
    throw new Disagreement(what);
  }
}

/** Steps that are sent together, and those that stand alone. */
function groups(steps: readonly Step[]): Step[][] {
  const all: Step[][] = [];
  for (const step of steps) {
    const last = all.at(-1);
    const fits =
      last !== undefined &&
      last.length < MOST_TOGETHER &&
      !isAlone(last[0]?.wish) &&
      !last.some(({ wish }) => parts(wish, step.wish) || parts(step.wish, wish));
    if (step.together && fits && !isAlone(step.wish)) last.push(step);
    else all.push([step]);
  }
  return all;
}

/** What reads in more than one step may find that all was cleared in between. */
function parts(one: Wish, other: Wish): boolean {
  return one.do === "clear" && ["follow", "events", "messages", "edits"].includes(other.do);
}

function isAlone(wish: Wish | undefined): boolean {
  return wish?.do === "trim" || wish?.do === "clock" || wish?.do === "restart";
}

/** Refusals that come only to whoever looks too late: who looked in time finds it done, and is refused nothing. */
const wantedAnyway: Partial<Record<Command["do"], string>> = {
  remove: "user_not_found",
  appoint: "user_not_found",
  leave: "room_not_found",
  "end-invite": "invite_not_found",
};

/** Whether an answer fits what the reference says, where others were under way. */
function agrees(command: Command, actual: Reply, expected: Reply): boolean {
  const { do: what } = command;
  if ("code" in expected) {
    if (!("code" in actual)) {
      // They had left by then, or the invite was used up: all is as it was wanted.
      return actual.value === null && expected.code === wantedAnyway[what];
    }
    if (actual.code === "invite_not_found" && what === "end-invite") return true;
    // Whoever left meanwhile has no thread either.
    if (command.do === "mark" && command.thread !== null && actual.code === "message_not_found")
      return true;
    // Whoever lost their place while they were at it is told so, whatever they are to the room now.
    return actual.code === expected.code || actual.code === "forbidden";
  }
  if ("code" in actual) return false;
  // The room in the answer may be of a moment later.
  if (what === "join" || what === "archive" || what === "limit" || what === "edit") return true;
  if (what === "post" && isRepeat(expected.value) && isRepeat(actual.value))
    return actual.value.message.seq === expected.value.message.seq;
  return Bun.deepEquals(actual.value, expected.value);
}

/** It tells of the message as it is now, which may be a moment later. */
function isRepeat(value: unknown): value is { message: { seq: number } } {
  return (value as { repeated?: boolean }).repeated === true;
}

/** Whether something was changed meanwhile that may be told instead of doing it. */
function isOvertaken(command: Command, now: ReferenceRoom, before: ReferenceRoom): boolean {
  if (command.do === "join") return command.invite !== null && !now.isUsable(command.invite);
  return command.do === "leave" && now.roles.get(command.by) !== before.roles.get(command.by);
}

/** Who was put out or left while these were done, and at which seq; a stranger's ban has none. */
function lostIn(events: readonly Event[], ended: readonly Done[]): Map<Person, number> {
  const lost = new Map<Person, number>();
  for (const { command, reply } of ended) {
    if (command.do === "remove" && command.ban && "value" in reply)
      lost.set(command.user, Infinity);
  }
  for (const { seq, type, user } of events) {
    if (type !== "member.left" && type !== "member.removed") continue;
    const person = people.find((one) => idOf(one) === (user as { id: string }).id);
    if (person) lost.set(person, seq);
  }
  return lost;
}

const show = (value: unknown): string => JSON.stringify(value);
