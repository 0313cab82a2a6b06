import { readFrames } from "../replay/sse.ts";
import { event, gap, parse } from "../replay/wire.ts";
import { Place, type Recorder } from "../place.ts";
import { hear } from "../company.ts";
import type { Person, World } from "./world.ts";

/** Milliseconds without a byte until the stream is given up. */
const SILENCE = 18_000;

/** Follows one room over one stream after another, as a browser's `EventSource` does. */
export class StreamReader {
  readonly place: Place;
  isOpen = false;
  resumes = 0;
  readonly #world: World;
  readonly #person: Person;
  readonly #room: string;
  readonly #recorder: Recorder;
  #abort = new AbortController();
  #stopped = false;

  constructor(world: World, client: string, person: Person, room: string, cursor: string) {
    this.#world = world;
    this.#person = person;
    this.#room = room;
    this.#recorder = world.recorder(client, person, room, "sse");
    this.place = new Place(this.#recorder, cursor);
  }

  async read(): Promise<void> {
    const { time, chance } = this.#world;
    while (!this.#stopped) {
      await this.#visit();
      await time.wait(chance.whole(10, 1_500));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#abort.abort();
  }

  async #visit(): Promise<void> {
    const { time } = this.#world;
    const { url, token, name } = this.#person;
    const abort = new AbortController();
    this.#abort = abort;
    let cancel = time.after(SILENCE, () => abort.abort());
    const alive = () => {
      cancel();
      cancel = time.after(SILENCE, () => abort.abort());
    };
    this.#recorder.write({ kind: "ask" });
    try {
      const response = await fetch(`${url}/v1/rooms/${this.#room}/events`, {
        headers: {
          authorization: `Bearer ${token}`,
          accept: "text/event-stream",
          "last-event-id": this.place.cursor ?? "",
        },
        signal: abort.signal,
      });
      if (response.status !== 200 || response.body === null) return;
      const before = this.place.seq;
      this.place.opened(this.place.cursor ?? "");
      this.isOpen = true;
      this.#recorder.write({ kind: "stay", opens: true });
      const body = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, out) {
            alive();
            out.enqueue(chunk);
          },
        }),
      );
      for await (const frame of readFrames(body)) {
        if (abort.signal.aborted) break;
        const data = parse(frame.data, `an SSE frame for ${name}`);
        if (frame.event === "message") {
          if (this.place.seq === before) this.resumes++;
          this.place.read([event(data)], frame.id);
        } else if (frame.event === "gap") {
          this.place.met(gap(data));
        } else if (frame.event === "signal") {
          // What has an id is where a browser goes on from.
          if (frame.id !== "") this.#world.complain(`a signal with the id ${frame.id}`);
          hear(this.#recorder, data);
        } else if (frame.event === "closed") break;
      }
    } catch (fault) {
      if (!(fault instanceof TypeError || fault instanceof DOMException))
        this.#world.complain(`${name}: ${String(fault)}`);
    } finally {
      cancel();
      abort.abort();
      if (this.isOpen) {
        this.#recorder.write({ kind: "close", why: this.#stopped ? "finished" : "cut" });
        this.#recorder.write({ kind: "stay", opens: false });
      }
      this.isOpen = false;
    }
  }
}
