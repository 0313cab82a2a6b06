import { setTimeout as sleep } from "node:timers/promises";
import { readPage, SessionLost } from "./call.ts";
import { Place } from "../place.ts";
import type { Recorder } from "../place.ts";
import type { Run } from "./run.ts";

const LIMITS = [7, 50, 200];
const SHORTEST_PAUSE = 60;
const LONGEST_PAUSE = 200;

/** Reads the room by asking for page after page. */
export class PageReader {
  readonly #run: Run;
  readonly #name: string;
  readonly #recorder: Recorder;
  readonly place: Place;
  isOut = false;

  constructor(run: Run, name: string, cursor: string) {
    this.#run = run;
    this.#name = name;
    this.#recorder = run.recorder(name, "http");
    this.place = new Place(this.#recorder, cursor);
  }

  async visit(cut: AbortSignal, token: string): Promise<boolean> {
    let opened = false;
    this.isOut = false;
    try {
      while (true) {
        const limit = this.#run.chance.one(LIMITS);
        this.#recorder.write({ kind: "ask" });
        const page = await readPage(this.#run, cut, token, this.place.cursor, limit);
        if (!page) break;
        if (!opened) this.place.opened(page.cursor);
        opened = true;
        if (page.gap) this.place.met(page.gap);
        this.place.read(page.events, page.cursor);
        if (page.events.length === 0) {
          this.#recorder.write({ kind: "end", seq: this.place.seq });
        }
        if (page.events.length < limit) {
          const pause = this.#run.chance.whole(SHORTEST_PAUSE, LONGEST_PAUSE);
          await sleep(pause, undefined, { signal: cut }).catch(() => {});
        }
      }
    } catch (error) {
      if (error instanceof SessionLost) this.isOut = true;
      else this.#run.fault(this.#name, error);
    }
    if (opened) {
      const why = this.#run.isFinished(cut) ? "finished" : cut.aborted ? "cut" : "killed";
      this.#recorder.write({ kind: "close", why });
    }
    return opened;
  }
}
