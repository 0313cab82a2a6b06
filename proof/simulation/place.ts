import { readCursor, type WireEvent, type WireGap } from "../replay/wire.ts";
import type { Person, Recorder, World } from "./world.ts";
import { events, gap as readGap, text } from "../replay/wire.ts";

/** How far somebody has read a room over whatever door; what they read goes into the history. */
export class Place {
  readonly #recorder: Recorder;
  #cursor: string | null;

  /** @param cursor where to begin; null for the end, wherever that is when the room is opened */
  constructor(recorder: Recorder, cursor: string | null) {
    this.#recorder = recorder;
    this.#cursor = cursor;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  get seq(): number {
    return this.#cursor === null ? 0 : readCursor(this.#cursor).seq;
  }

  /** A connection begins to read; `at` is what the server calls the end. */
  opened(at: string): void {
    this.#cursor ??= at;
    const { epoch, seq } = readCursor(this.#cursor);
    this.#recorder.write({ kind: "open", after: seq, epoch });
  }

  read(all: readonly WireEvent[], cursor: string): void {
    for (const event of all) this.#recorder.observe(event);
    this.#cursor = cursor;
  }

  met({ after, next, reason }: WireGap): void {
    this.#recorder.write({
      kind: "gap",
      reason,
      after: readCursor(after).seq,
      next: readCursor(next).seq,
    });
    if (reason !== "too_far") this.#cursor = next;
  }

  /** Pages on to this number; false if the room cannot be read (now). */
  async pageTo(world: World, person: Person, room: string, seq: number): Promise<boolean> {
    while (this.seq < seq) {
      const limit = Math.min(200, seq - this.seq);
      const path = `/v1/rooms/${room}/events?after=${this.cursor ?? ""}&limit=${limit}`;
      const answer = await world.ask(person, "GET", path);
      if (answer?.status !== 200) return false;
      if (answer.body["gap"]) this.met(readGap(answer.body["gap"]));
      const page = events(answer.body);
      if (page.length === 0) return false;
      this.read(page, text(answer.body, "cursor"));
    }
    return true;
  }
}
