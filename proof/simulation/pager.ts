import { events, gap, object, readCursor, text, whole } from "../replay/wire.ts";
import { Place, type Recorder } from "../place.ts";
import type { Person, World } from "./world.ts";

/** Reads on by one page; how many events it had, or null if the room cannot be read (now). */
export async function readPage(
  world: World,
  person: Person,
  room: string,
  place: Place,
  limit: number,
): Promise<number | null> {
  const path = `/v1/rooms/${room}/events?after=${place.cursor}&limit=${limit}`;
  const answer = await world.ask(person, "GET", path);
  if (answer?.status !== 200) return null;
  if (answer.body["gap"]) place.met(gap(answer.body["gap"]));
  const page = events(answer.body);
  if (page.length > limit) world.complain(`a page of ${page.length} where ${limit} were asked for`);
  place.read(page, text(answer.body, "cursor"));
  return page.length;
}

/** Reads a room by asking for page after page, and looks into its messages here and there. */
export class Pager {
  readonly place: Place;
  resumes = 0;
  readonly #world: World;
  readonly #person: Person;
  readonly #room: string;
  readonly #recorder: Recorder;
  #stopped = false;
  #hurries = false;

  constructor(world: World, client: string, person: Person, room: string, cursor: string) {
    this.#world = world;
    this.#person = person;
    this.#room = room;
    this.#recorder = world.recorder(client, person, room, "http");
    this.place = new Place(this.#recorder, cursor);
    this.place.opened(cursor);
  }

  async read(): Promise<void> {
    const { time, chance } = this.#world;
    while (!this.#stopped) {
      await (this.#hurries || chance.next() < 0.7 ? this.#page() : this.#messages());
      await time.wait(chance.whole(200, this.#hurries ? 500 : 4_000));
    }
  }

  /** From now on it only wants to come to the end. */
  hurry(): void {
    this.#hurries = true;
  }

  stop(): void {
    this.#stopped = true;
  }

  async #page(): Promise<void> {
    const limit = this.#hurries ? 200 : this.#world.chance.one([1, 7, 50, 200]);
    this.#recorder.write({ kind: "ask" });
    const count = await readPage(this.#world, this.#person, this.#room, this.place, limit);
    if (count === 0) this.#recorder.write({ kind: "end", seq: this.place.seq });
    else if (count !== null) this.resumes++;
  }

  async #messages(): Promise<void> {
    const { chance } = this.#world;
    const limit = chance.whole(1, 100);
    const seq = chance.whole(1, this.place.seq + 2);
    const at = chance.one(["end", "before", "after", "around"] as const);
    const thread = chance.next() < 0.3 ? chance.whole(1, this.place.seq + 2) : null;
    this.#recorder.write({ kind: "ask" });
    const query = at === "end" ? "" : `${at}=${seq}&`;
    const of = thread === null ? "" : `thread=${thread}&`;
    const path = `/v1/rooms/${this.#room}/messages?${query}${of}limit=${limit}`;
    const answer = await this.#world.ask(this.#person, "GET", path);
    if (answer?.status !== 200) return;
    const messages = (answer.body["messages"] as unknown[]).map((one) => {
      const message = object(one, "a message");
      return { seq: Number(message["seq"]), body: this.#world.content(message) };
    });
    this.#recorder.write({
      kind: "page",
      of: at === "end" ? { at } : { at, seq },
      ...(thread !== null && { thread }),
      limit,
      messages,
      until: readCursor(text(answer.body, "cursor")).seq,
      head: whole(answer.body, "head"),
    });
  }
}
