import type { Wanted } from "../history.ts";
import type { Recorder } from "../place.ts";
import { object, text } from "../replay/wire.ts";
import { callOf } from "./acts.ts";
import type { Person, World } from "./world.ts";

/** Posts over HTTP, one message after another, each once or several times at the same moment. */
export class Sender {
  /** The numbers of what it said. */
  readonly mine: number[] = [];
  readonly #world: World;
  readonly #client: string;
  readonly #person: Person;
  readonly #room: string;
  readonly #recorder: Recorder;
  #said = 0;
  #wanted = 0;

  constructor(world: World, client: string, person: Person, room: string) {
    this.#world = world;
    this.#client = client;
    this.#person = person;
    this.#room = room;
    this.#recorder = world.recorder(client, person, room, "http");
  }

  /** Asks for a change until its outcome is known. */
  async want(want: Wanted): Promise<void> {
    const { time, chance } = this.#world;
    const change = { by: this.#person.id, ref: `${this.#client} ${++this.#wanted}` };
    const [method, path, body] = callOf(want);
    for (;;) {
      this.#recorder.write({ kind: "change", ...change, want });
      const answer = await this.#world.ask(
        this.#person,
        method,
        `/v1/rooms/${this.#room}/messages${path}`,
        body,
      );
      if (answer === null) await time.wait(chance.whole(50, 1_000));
      else if (answer.status < 300) return this.#recorder.write({ kind: "changed", ...change });
      else {
        const code = text(answer.body, "code");
        return this.#recorder.write({ kind: "unchanged", ...change, code });
      }
    }
  }

  /** Sends until the answer is known. */
  async say(words: string): Promise<void> {
    const { chance, time } = this.#world;
    // Numbers that others use too: a `clientId` is its sender's own.
    const clientId = this.#said === 0 ? this.#client : `${this.#said}`;
    this.#said++;
    let isUnsure = false;
    for (;;) {
      const copies = chance.next() < 0.3 ? chance.whole(2, 4) : 1;
      const outcomes = await Promise.all(
        Array.from({ length: copies }, () => this.#send(clientId, words)),
      );
      if (outcomes.includes("stored")) return;
      isUnsure ||= outcomes.includes("unknown");
      // Whoever is told "not now" may take it for an answer, if it is the only one.
      if (!isUnsure && (outcomes.includes("refused") || chance.next() < 0.5)) return;
      if (isUnsure && outcomes.every((outcome) => outcome === "refused")) return;
      await time.wait(chance.whole(50, 1_000));
    }
  }

  async #send(
    clientId: string,
    words: string,
  ): Promise<"stored" | "refused" | "not now" | "unknown"> {
    const { time, chance } = this.#world;
    const send = { sender: this.#person.id, clientId };
    await time.wait(chance.whole(0, 5));
    this.#recorder.write({ kind: "invoke", ...send, text: words });
    const path = `/v1/rooms/${this.#room}/messages`;
    const answer = await this.#world.ask(this.#person, "POST", path, { clientId, text: words });
    if (answer === null) {
      this.#recorder.write({ kind: "unknown", ...send });
      return "unknown";
    }
    const { status, body } = answer;
    if (status !== 200 && status !== 201) {
      this.#recorder.write({ kind: "fail", ...send, code: text(body, "code") });
      return status >= 500 ? "not now" : "refused";
    }
    const message = object(body["message"], "message");
    const seq = Number(message["seq"]);
    this.mine.push(seq);
    this.#recorder.write({ kind: "ok", ...send, seq, id: text(message, "id") });
    return "stored";
  }
}
