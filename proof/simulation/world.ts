import { Chance } from "../chance.ts";
import { canonical, type ClientEntry, type Entry, type Said, type Transport } from "../history.ts";
import type { Recorder } from "../place.ts";
import { type Json, object, parse, text } from "../replay/wire.ts";
import { Disk } from "./disk.ts";
import { Internet } from "./internet.ts";
import { Way } from "./network.ts";
import { BEGINNING, Node } from "./node.ts";
import { Time } from "./time.ts";

export interface Person {
  readonly name: string;
  readonly id: string;
  readonly token: string;
  /** Their program's address of the server. */
  readonly url: string;
  readonly way: Way;
}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Milliseconds that a program waits for an answer. */
const PATIENCE = 10_000;

/** One simulated world: a server, its disk, a network and a clock, all of one seed. */
export class World {
  readonly time = new Time();
  readonly chance: Chance;
  readonly node: Node;
  readonly internet: Internet;
  readonly history: Entry[] = [];
  /** What was wrong without the checker's having to tell. */
  readonly complaints: string[] = [];
  readonly #contents = new Map<string, string>();

  constructor(seed: number) {
    this.chance = new Chance(seed);
    const clock = {
      now: () => BEGINNING + Math.round(this.time.now) + this.node.skew,
      elapsed: () => this.time.now,
      after: (ms: number, act: () => void) => this.time.after(ms, act),
      soon: (act: () => void) => void this.time.after(0, act),
    };
    this.node = new Node(this.time, this.#fork(), new Disk(clock));
    this.internet = new Internet(this.time, this.node);
  }

  /** Somebody new, who has come in as a guest. */
  async guest(name: string): Promise<Person> {
    const way = new Way(this.time, this.#fork());
    this.internet.ways.set(`${name}.snug`, way);
    const url = `http://${name}.snug`;
    const response = await fetch(`${url}/v1/guests`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    const body = parse(await response.text(), "a guest");
    return {
      name,
      url,
      way,
      token: text(body, "token"),
      id: text(object(body["user"], "user"), "id"),
    };
  }

  /** One call; null when nobody knows what became of it. */
  async ask(
    { url, token }: Person,
    method: string,
    path: string,
    body?: object,
  ): Promise<Answer | null> {
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      const answer = await response.text();
      return { status: response.status, body: answer === "" ? {} : parse(answer, path) };
    } catch (fault) {
      if (fault instanceof TypeError || fault instanceof DOMException) return null;
      throw fault;
    }
  }

  /** The same until it is answered, by something else than "not now". */
  async insist(person: Person, method: string, path: string, body?: object): Promise<Answer> {
    for (;;) {
      const answer = await this.ask(person, method, path, body);
      if (answer !== null && answer.status < 500 && answer.status !== 429) return answer;
      await this.time.wait(this.chance.whole(20, 800));
    }
  }

  /** For what one client of this person's does in one room. */
  recorder(client: string, person: Person, room: string, transport: Transport): Recorder {
    this.history.push({ kind: "sign-in", t: this.time.now, client, user: person.id });
    const write = (entry: Said) =>
      void this.history.push({
        client,
        room,
        transport,
        t: this.time.now,
        ...entry,
      } as ClientEntry);
    return {
      write,
      observe: (event) =>
        write({ kind: "observe", seq: event.seq, id: event.id, body: this.content(event) }),
    };
  }

  /** A program that this person uses in a room, made with the SDK. */
  program(client: string, person: Person, room: string) {
    const { id, token, url, way } = person;
    return {
      id,
      token,
      url,
      recorder: this.recorder(client, person, room, way.blocksWebSocket ? "sse" : "ws"),
      clock: {
        now: () => BEGINNING + Math.round(this.time.now),
        after: (ms: number, act: () => void) => this.time.after(ms, act),
        random: () => this.chance.next(),
      },
      complain: (what: string) => this.complain(what),
    };
  }

  /** As `canonical` writes it; most events are seen many times, and alike. */
  content(of: object): string {
    const plain = JSON.stringify(of);
    const known = this.#contents.get(plain);
    if (known !== undefined) return known;
    const content = canonical(of);
    this.#contents.set(plain, content);
    return content;
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  /** Chance of its own, so that what one part draws changes nothing for the others. */
  #fork(): Chance {
    return new Chance(this.chance.whole(0, 2 ** 32 - 1));
  }
}
