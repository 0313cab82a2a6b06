import { formatCursor, GENERAL } from "../../packages/protocol/src/index.ts";
import { checkRooms, type Verdict } from "../checker.ts";
import { foldTo } from "../checks/fold.ts";
import { type Content, learn } from "../checks/known.ts";
import { canonical, type ClientEntry, type Entry, type LogEvent, type Wanted } from "../history.ts";
import { type Counts, recount, type Said } from "../recount.ts";
import { object, readCursor, text, type WireEvent } from "../replay/wire.ts";
import {
  bites,
  heal,
  machineFaults,
  type MachineFault,
  wayFaults,
  type WayFaultName,
} from "./faults.ts";
import { anyWish } from "./acts.ts";
import { takeOver } from "./globals.ts";
import { Pager } from "./pager.ts";
import { SdkPerson } from "../sdk-person.ts";
import { Sender } from "./sender.ts";
import { SocketReader } from "./socket-reader.ts";
import { StreamReader } from "./stream-reader.ts";
import { type Person, World } from "./world.ts";

/** Milliseconds that anything may take before the run is given up. */
const LONGEST = 20 * 60_000;
/** Milliseconds after which nothing more is told of who came and went. */
const SETTLED = 6_500;
/** Milliseconds after the last fault by which everybody has everything. */
const HEALED = 45_000;
/** As many messages as a list has at the least, where there are so many. */
const PAGE = 50;

export interface Played {
  readonly seed: number;
  /** All that was wrong, in words; empty when Snug kept its word. */
  readonly wrong: readonly string[];
  readonly verdict: Verdict | null;
  readonly history: readonly Entry[];
  readonly logs: ReadonlyMap<string, readonly LogEvent[]>;
  /** What the run has been through. */
  readonly crossed: Crossed;
  /** Milliseconds from the last fault's end until everybody had everything. */
  readonly heal: number;
}

export type FaultName = MachineFault | WayFaultName;

export interface Crossed {
  crashes: number;
  resumes: number;
  removals: number;
  readonly faults: Partial<Record<FaultName, { done: number; bit: number }>>;
}

/** One world from its beginning to its end. The same seed gives the same run. */
export async function play(seed: number): Promise<Played> {
  const world = new World(seed);
  const giveBack = takeOver(world.internet, world.chance);
  const rejections: unknown[] = [];
  const onRejection = (fault: unknown) => void rejections.push(fault);
  process.on("unhandledRejection", onRejection);
  const run = new Run(world);
  let ended = false;
  let broken: unknown = null;
  try {
    void run.play().then(
      () => (ended = true),
      (fault: unknown) => {
        ended = true;
        broken = fault;
      },
    );
    if (!(await world.time.until(() => ended, LONGEST))) world.complain("it never came to an end");
  } finally {
    process.off("unhandledRejection", onRejection);
    giveBack();
  }
  if (broken !== null) world.complain(`it broke: ${say(broken)}`);
  for (const fault of rejections) world.complain(`nobody caught: ${say(fault)}`);
  for (const fault of world.node.faults) {
    if (!(fault instanceof Error) || fault.constructor.name !== "StoreError")
      world.complain(`the server's own fault: ${say(fault)}`);
  }
  const verdict = run.logs.size > 0 ? checkRooms(world.history, run.logs) : null;
  const violations = verdict?.violations.map(({ rule, what }) => `${rule}: ${what}`) ?? [];
  const { crossed, healed } = run;
  return {
    seed,
    wrong: [...world.complaints, ...violations],
    verdict,
    history: world.history,
    logs: run.logs,
    crossed,
    heal: healed,
  };
}

const say = (fault: unknown) =>
  fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);

class Run {
  readonly logs = new Map<string, LogEvent[]>();
  readonly crossed: Crossed = { crashes: 0, resumes: 0, removals: 0, faults: {} };
  healed = 0;
  readonly #world: World;
  readonly #people: Person[] = [];
  readonly #sdks: SdkPerson[] = [];
  readonly #sockets: SocketReader[] = [];
  readonly #streams: StreamReader[] = [];
  readonly #pagers: Pager[] = [];
  /** Of each room's readers, by room. */
  readonly #readers: { room: string; place: { seq: number } }[] = [];
  /** What goes on by itself until it has come to its end. */
  readonly #work: Promise<void>[] = [];
  #den = "";
  #speaks = true;
  /** Whether who writes over a bare socket sends on without waiting for answers. */
  readonly #pipelines: boolean;

  constructor(world: World) {
    this.#world = world;
    this.#pipelines = world.chance.next() < 0.5;
  }

  async play(): Promise<void> {
    const world = this.#world;
    const { time, chance, node } = world;
    await node.start();
    const owner = await this.#person("owner");
    const made = await world.insist(owner, "POST", "/v1/rooms", { kind: "private", name: "Den" });
    this.#den = text(object(made.body["room"], "room"), "id");
    world.history.push({ kind: "secluded", t: time.now, room: this.#den });
    await this.#gather(owner);

    const machine = this.#machine();
    const ways = this.#ways();
    const admin = this.#administer(owner);
    await time.wait(chance.whole(2_000, 4_500));
    this.#speaks = false;
    await Promise.all([machine, ways, admin]);
    heal(world);
    await this.#lastWord(owner);
    world.history.push({ kind: "calm", clean: true, t: time.now });
    const settled = time.wait(SETTLED);
    await this.#comeToRest();
    // Whoever asks for pages has them all: the rest is for those who are told.
    for (const pager of this.#pagers) pager.stop();
    await settled;
    await this.#comeAndGo();

    this.crossed.crashes = Object.values(node.crashes).reduce((sum, count) => sum + count, 0);
    for (const room of this.#rooms) this.logs.set(room, await this.#log(room));
    await this.#checkLists();
    for (const one of [...this.#sockets, ...this.#streams, ...this.#pagers]) {
      this.crossed.resumes += one.resumes;
      one.stop();
    }
    for (const sdk of this.#sdks) sdk.close();
    await this.#readFromAnywhere(owner);
  }

  /**
   * Said while everybody comes back and reads what they missed, and the reading takes its time.
   * Nothing comes after it, by which what was passed over could be found.
   */
  async #lastWord(owner: Person): Promise<void> {
    const { time, chance, node, internet } = this.#world;
    node.slowness = 25;
    for (const way of internet.ways.values()) way.cut();
    const say = async (room: string) => {
      await time.wait(chance.whole(10, 1_500));
      await new Sender(this.#world, `owner in ${room}`, owner, room).say("that is all");
    };
    await Promise.all(this.#rooms.map(say));
    node.slowness = 1;
  }

  get #rooms(): string[] {
    return [GENERAL, this.#den];
  }

  async #person(name: string): Promise<Person> {
    const person = await this.#world.guest(name);
    this.#people.push(person);
    return person;
  }

  /** Who is there, and what each begins to do. */
  async #gather(owner: Person): Promise<void> {
    const world = this.#world;
    const den = this.#den;
    const [ada, sam, sue, pat, hal] = await this.#all("ada", "sam", "sue", "pat", "hal");
    const [bob, zoe, mia, ana] = await this.#all("bob", "zoe", "mia", "ana");
    for (const person of [owner, bob, zoe, mia, ana]) this.#admit(person);
    for (const { id } of [bob, zoe, mia, ana])
      await world.insist(owner, "PUT", `/v1/rooms/${den}/members/${id}`, {});
    bob.way.blocksWebSocket = world.chance.next() < 0.8;
    const sdks = [
      [new SdkPerson(world.program("ada", ada, GENERAL), GENERAL), GENERAL],
      [new SdkPerson(world.program("bob", bob, den), den), den],
    ] as const;
    while (!sdks.every(([sdk]) => sdk.isLive)) await world.time.wait(50);
    for (const [sdk, room] of sdks) {
      const cursor = await this.#end(owner, room);
      const { seq, epoch } = readCursor(cursor);
      sdk.begin(seq, epoch);
      this.#sdks.push(sdk);
    }
    const general = await this.#end(owner, GENERAL);
    const ofDen = await this.#end(owner, den);
    const socket = (client: string, person: Person, room: string, cursor: string) => {
      const reader = new SocketReader(
        world,
        client,
        person,
        room,
        cursor,
        client !== "zoe" && this.#pipelines,
      );
      this.#sockets.push(reader);
      this.#join(room, reader);
      return reader;
    };
    const sams = socket("sam", sam, GENERAL, general);
    const zoes = socket("zoe", zoe, den, ofDen);
    for (const [client, person, room, cursor] of [
      ["sue", sue, GENERAL, general],
      ["zoe by stream", zoe, den, ofDen],
    ] as const) {
      const reader = new StreamReader(world, client, person, room, cursor);
      this.#streams.push(reader);
      this.#join(room, reader);
    }
    for (const [client, person, room, cursor] of [
      ["pat", pat, GENERAL, general],
      ["ana", ana, den, ofDen],
    ] as const) {
      const reader = new Pager(world, client, person, room, cursor);
      this.#pagers.push(reader);
      this.#join(room, reader);
    }
    for (const [sdk] of sdks) {
      const spoken = (mine: boolean) => sdk.shown.filter((one) => !mine || one.mine);
      this.#speak(sdk, { pins: true, target: (mine) => spoken(mine).at(-this.#few)?.seq });
    }
    for (const reader of [sams, zoes])
      this.#speak(reader, {
        pins: false,
        target: (mine) => (mine ? reader.mine.at(-this.#few) : reader.place.seq - this.#few),
      });
    for (const sender of [
      new Sender(world, "hal", hal, GENERAL),
      new Sender(world, "mia", mia, den),
    ])
      this.#speak(sender, { pins: true, target: () => sender.mine.at(-this.#few) });
    if (world.chance.next() < 0.04) this.#work.push(this.#flood(owner));
    if (world.chance.next() < 0.2) this.#work.push(this.#clear(owner));
  }

  async #all<Names extends string[]>(...names: Names): Promise<{ [Name in keyof Names]: Person }> {
    const people: Person[] = [];
    for (const name of names) people.push(await this.#person(name));
    return people as { [Name in keyof Names]: Person };
  }

  #join(room: string, reader: { place: { seq: number }; read(): Promise<void> }): void {
    this.#readers.push({ room, place: reader.place });
    void reader.read().catch((fault: unknown) => this.#world.complain(say(fault)));
  }

  #admit({ id }: Person): void {
    this.#world.history.push({
      kind: "admitted",
      t: this.#world.time.now,
      room: this.#den,
      user: id,
    });
  }

  async #end(owner: Person, room: string): Promise<string> {
    const answer = await this.#world.insist(owner, "GET", `/v1/rooms/${room}`);
    return text(object(answer.body["room"], "room"), "cursor");
  }

  /** What was said lately is what people do something with. */
  get #few(): number {
    return this.#world.chance.whole(1, 6);
  }

  /** Says something now and then, several things at once at times; or does something with what was said. */
  #speak(person: Voice, means: Means): void {
    const { time, chance } = this.#world;
    const speaking = async () => {
      let count = 0;
      while (this.#speaks) {
        await time.wait(chance.whole(20, 1_600));
        if (chance.next() < 0.35) {
          await this.#act(person, means, `${count++} again`);
          continue;
        }
        const lines = chance.next() < 0.2 ? chance.whole(2, 6) : 1;
        for (let line = 0; line < lines; line++) await person.say(this.#words(count++));
      }
    };
    this.#work.push(speaking());
  }

  async #act(person: Voice, { pins, target }: Means, says: string): Promise<unknown> {
    const { chance } = this.#world;
    const draw = chance.next();
    if (draw < 0.15) return person.type?.();
    if (draw < 0.3) return person.markRead?.(chance.next() < 0.2);
    const found = target(chance.next() < 0.7);
    if (found === undefined || found < 1) return;
    // A reply, perhaps to what cannot be replied to.
    if (draw < 0.5) return person.say(says, found);
    return person.want(anyWish(chance, found, says, pins));
  }

  /** Of all sorts, and never the same. */
  #words(count: number): string {
    const draw = this.#world.chance.next();
    if (draw < 0.1) return `${count} ${"ünïcödé 👩‍👩‍👧 ".repeat(1 + Math.floor(draw * 300))}`;
    if (draw < 0.2) return `${count} \u0007\u2028"quotes" \\ </script>\n\nand lines`;
    if (draw < 0.25) return `${count} @room`;
    if (draw < 0.3) return `${count} <@${this.#world.chance.one(this.#people).id}>`;
    return `${count} hello`;
  }

  /** More than comes inline after a pause, and than a slow reader takes. */
  async #flood(owner: Person): Promise<void> {
    const { time, chance } = this.#world;
    await time.wait(chance.whole(1_000, 6_000));
    const long = chance.next() < 0.5;
    if (long) this.#work.push(this.#readSlowly());
    const text = "x".repeat(long ? 15_000 : 10);
    const all = Array.from({ length: long ? 120 : 330 }, (_, index) =>
      new Sender(this.#world, `owner ${index}`, owner, GENERAL).say(text),
    );
    await Promise.all(all);
  }

  /** All that was said in the den goes, whoever has read it or not. */
  async #clear(owner: Person): Promise<void> {
    const { time, chance } = this.#world;
    await time.wait(chance.whole(1_500, 6_000));
    await new Sender(this.#world, "owner", owner, this.#den).want({ type: "room.cleared" });
  }

  /** Of those who look on, somebody takes what comes, and too slowly to have it all. */
  async #readSlowly(): Promise<void> {
    const world = this.#world;
    const slow = world.chance.next() < 0.75 ? "sam" : "sue";
    const { way } = this.#people.find(({ name }) => name === slow) as Person;
    await this.#break("slow reader", () => wayFaults["slow reader"]({ world, way }, [10, 30]));
  }

  async #machine(): Promise<void> {
    const { time, chance } = this.#world;
    // Of two sends at once the disk may refuse the first alone, and nobody is told.
    const names = (Object.keys(machineFaults) as MachineFault[]).filter(
      (name) => name !== "failing disk" || !this.#pipelines,
    );
    await time.wait(chance.whole(300, 3_000));
    await this.#break("crash", () => machineFaults.crash(this.#world));
    while (this.#speaks) {
      await time.wait(chance.whole(300, 5_000));
      if (!this.#speaks) return;
      const name = chance.one(names);
      await this.#break(name, () => machineFaults[name](this.#world));
    }
  }

  async #ways(): Promise<void> {
    const { time, chance } = this.#world;
    const names = Object.keys(wayFaults) as WayFaultName[];
    const going: Promise<void>[] = [];
    while (this.#speaks) {
      await time.wait(chance.whole(50, 2_000));
      if (!this.#speaks) break;
      const name = chance.one(names);
      const { way, name: whose } = chance.one(this.#people);
      if (whose === "owner" || way.stalls || way.isDown) continue;
      // What was sent to her before she was removed may not come much later: it would look like more.
      if (whose === "zoe" && (name === "stall" || name === "slow reader")) continue;
      going.push(this.#break(name, () => wayFaults[name]({ world: this.#world, way })));
      if (whose === "bob" && chance.next() < 0.3) way.blocksWebSocket = !way.blocksWebSocket;
      if (chance.next() < 0.1) for (const sdk of this.#sdks) sdk.reconnect();
    }
    await Promise.all(going);
  }

  async #break(name: FaultName, happen: () => Promise<void>): Promise<void> {
    const world = this.#world;
    const count = (this.crossed.faults[name] ??= { done: 0, bit: 0 });
    const kind = name in wayFaults ? "way" : (name as MachineFault);
    const before = bites(world);
    count.done++;
    await happen();
    if (bites(world)[kind] > before[kind]) count.bit++;
  }

  /** Zoe is sent away and let in again, Mia is muted, the room is renamed. */
  async #administer(owner: Person): Promise<void> {
    const world = this.#world;
    const { time, chance } = world;
    const room = `/v1/rooms/${this.#den}`;
    const zoe = this.#people.find(({ name }) => name === "zoe") as Person;
    const mia = this.#people.find(({ name }) => name === "mia") as Person;
    const change = (method: string, path: string, body?: object) =>
      world.insist(owner, method, room + path, body);
    await time.wait(chance.whole(300, 2_500));
    for (let first = true; first || this.#speaks; first = false) {
      const act = first ? "remove" : chance.one(["remove", "ban", "mute", "rename"]);
      if (act === "rename") await change("PATCH", "", { topic: `it is ${time.now}` });
      else if (act === "mute") {
        await change("PATCH", `/members/${mia.id}`, { role: "reader" });
        await time.wait(chance.whole(100, 3_000));
        await change("PATCH", `/members/${mia.id}`, { role: "member" });
      } else {
        if (chance.next() < 0.5) await this.#comeBack(zoe);
        const path = act === "ban" ? `/bans/${zoe.id}` : `/members/${zoe.id}`;
        const gone = await change(act === "ban" ? "PUT" : "DELETE", path);
        if (gone.status >= 300) world.complain(`${act}: ${gone.status}`);
        world.history.push({
          kind: "removed",
          t: time.now,
          room: this.#den,
          user: zoe.id,
          seq: await this.#seqOfRemoval(zoe),
        });
        world.node.slowness = 1;
        this.crossed.removals++;
        await time.wait(chance.whole(100, 4_000));
        if (act === "ban") await change("DELETE", path);
        this.#admit(zoe);
        const back = await change("PUT", `/members/${zoe.id}`, {});
        if (back.status >= 300) world.complain(`back after ${act}: ${back.status}`);
      }
      await time.wait(chance.whole(100, 2_500));
    }
  }

  /** So that somebody is perhaps being let in just then, by a store that takes its time. */
  async #comeBack({ way }: Person): Promise<void> {
    const { time, chance, node } = this.#world;
    node.slowness = 25;
    way.cut();
    await time.wait(chance.whole(10, 500));
  }

  /** Until everybody has everything, and every send is answered. */
  async #comeToRest(): Promise<void> {
    const world = this.#world;
    const { time } = world;
    const calm = time.now;
    for (const pager of this.#pagers) pager.hurry();
    let worked = false;
    void Promise.all(this.#work).then(() => (worked = true));
    for (;;) {
      const late = this.#late(worked, await this.#heads());
      if (late.length === 0) break;
      if (time.now > calm + HEALED) {
        for (const who of late) world.complain(`${who} ${HEALED / 1_000} s after the last fault`);
        break;
      }
      await time.wait(200);
    }
    this.healed = time.now - calm;
  }

  async #heads(): Promise<Map<string, number>> {
    const { records } = this.#world.node.disk;
    const heads = new Map<string, number>();
    for (const room of this.#rooms) heads.set(room, (await records.room(room))?.head.seq ?? 0);
    return heads;
  }

  #late(worked: boolean, heads: ReadonlyMap<string, number>): string[] {
    const late = worked ? [] : ["somebody still sends"];
    for (const sdk of this.#sdks) {
      if (sdk.waiting > 0) late.push(`the SDK has ${sdk.waiting} sends without an answer`);
      if (!sdk.isLive) late.push(`the SDK is ${sdk.room.state.get().status}`);
      else if (!sdk.hasAll(heads.get(sdk.room.id) ?? 0)) late.push("the SDK has not heard all");
    }
    for (const socket of this.#sockets)
      if (socket.unsent.length > 0) late.push(`${socket.unsent.length} sends without an answer`);
    for (const { room, place } of this.#readers)
      if (place.seq !== heads.get(room)) late.push(`a reader is at ${place.seq}`);
    return late;
  }

  async #log(room: string): Promise<LogEvent[]> {
    const all = { events: 1_000_000, bytes: Number.POSITIVE_INFINITY };
    const { events } = await this.#world.node.disk.records.read(room as never, null, all);
    return events.map(({ json }) => {
      const event = JSON.parse(json) as WireEvent;
      const { seq, id, at, type, by } = event;
      return {
        seq,
        id,
        at,
        type,
        by,
        ...(typeof event["clientId"] === "string" && { clientId: event["clientId"] }),
        ...(typeof event["text"] === "string" && { text: event["text"] }),
        body: this.#world.content(event),
      };
    });
  }

  /** The number of the newest event that sent them away. */
  async #seqOfRemoval({ id }: Person): Promise<number | null> {
    const all = { events: 1_000_000, bytes: Number.POSITIVE_INFINITY };
    const { events } = await this.#world.node.disk.records.read(this.#den as never, null, all);
    const isOf = (json: string) =>
      json.includes('"member.removed"') && json.includes(`"id":"${id}"`);
    return events.findLast(({ json }) => isOf(json))?.seq ?? null;
  }

  /**
   * Somebody comes back within a moment, somebody who is there twice goes once: nobody is told of it.
   * Somebody goes for good: everybody is.
   */
  async #comeAndGo(): Promise<void> {
    const { time } = this.#world;
    const [sams] = this.#sockets;
    const [sues, zoes] = this.#streams;
    sams?.reload();
    zoes?.stop();
    await time.wait(2_000);
    sues?.stop();
    await time.wait(SETTLED);
  }

  /** What the SDK shows is what the log says, and its counts are those of a recount. */
  async #checkLists(): Promise<void> {
    const world = this.#world;
    for (const sdk of this.#sdks) {
      const { id: room } = sdk.room;
      const log = this.logs.get(room) ?? [];
      const told = world.history.filter((entry) => "client" in entry && "room" in entry);
      const known = learn(told.filter((entry) => entry.room === room) as ClientEntry[], log);
      const messages = [...foldTo(known, known.end).values()].map(({ content }) => content);
      const main = messages.filter(({ thread }) => thread === null);
      const shown = sdk.shown.map((one) => plain(one));
      const expected = main.slice(-shown.length).map((one) => plain(one));
      const index = shown.findIndex((one, place) => one !== expected[place]);
      if (index >= 0)
        world.complain(`the SDK shows ${shown[index]}, and the log says ${expected[index]}`);
      if (shown.length < Math.min(PAGE, main.length))
        world.complain(`the SDK shows ${shown.length} of ${main.length} messages`);
      for (const { seq, saving, author } of sdk.shown) {
        if (saving) world.complain(`the SDK shows seq ${seq} as if it were still being changed`);
        if (author === null) world.complain(`the SDK does not know who said seq ${seq}`);
      }
      const counts = await this.#counts(sdk, messages);
      if (counts !== null) world.complain(counts);
      const typing = sdk.room.typing.get();
      if (typing.length > 0) world.complain("the SDK shows somebody who stopped writing long ago");
    }
  }

  /** How the room is unread by them: as the SDK has it, as the server, and counted one by one. */
  async #counts({ id: user, entry, room }: SdkPerson, messages: Content[]): Promise<string | null> {
    const { records } = this.#world.node.disk;
    const readings = await records.readings(user as never, [room.id as never]);
    const server = readings.get(room.id as never);
    if (!server || !entry) return `${user} is in the room, and it is in no list`;
    const isJoin = ({ type, body }: LogEvent) =>
      type === "member.joined" && body.includes(`"id":"${user}"`);
    const { seq: joined = 0 } = (this.logs.get(room.id) ?? []).findLast(isJoin) ?? {};
    const place = { joined, read: server.read, marks: new Map<number, number>() };
    const { followed: _, ...counted } = recount(messages as unknown as Said[], user, place);
    const of = ({ unread, mentions, threads }: Counts) => canonical({ unread, mentions, threads });
    if (of(entry) !== of(counted) || entry.read !== server.read)
      return `the SDK counts ${of(entry)} after ${entry.read}, a recount ${of(counted)} after ${server.read}`;
    if (of(server) !== of(counted))
      return `the server counts ${of(server)}, a recount ${of(counted)}`;
    return null;
  }

  /** Cursors of any age, over every door. */
  async #readFromAnywhere(owner: Person): Promise<void> {
    const world = this.#world;
    const { chance, time } = world;
    for (const [room, log] of this.logs) {
      const from = chance.one(log);
      const cursor = formatCursor(readCursor(await this.#end(owner, room)).epoch, from);
      const name = `owner, from ${from.seq} of ${room}`;
      const pager = new Pager(world, `${name} by page`, owner, room, cursor);
      pager.hurry();
      const readers = [
        new SocketReader(world, `${name} by socket`, owner, room, cursor),
        new StreamReader(world, `${name} by stream`, owner, room, cursor),
        pager,
      ];
      for (const reader of readers) void reader.read();
      const end = time.now + HEALED;
      const isBehind = () =>
        readers.some(
          (one) => one.place.seq !== log.at(-1)?.seq || ("isOpen" in one && !one.isOpen),
        );
      while (isBehind() && time.now < end) await time.wait(50);
      if (isBehind()) world.complain(`${name}: the end was not reached`);
      for (const reader of readers) reader.stop();
    }
  }
}

/** As much of a message as both say of it. */
function plain(message: object): string {
  const { seq, text: says, reactions, deletedAt, editedAt, pinned, replies } = message as Content;
  return canonical({ seq, says, reactions, deletedAt, editedAt, pinned, replies });
}

/** Whoever says something in a room. */
interface Voice {
  say(words: string, thread?: number): unknown;
  want(want: Wanted): unknown;
  type?(): void;
  markRead?(back: boolean): void;
}

/** What somebody can do with messages, and which they come upon. */
interface Means {
  readonly pins: boolean;
  readonly target: (mine: boolean) => number | undefined;
}
