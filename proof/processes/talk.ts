import type { Crowd } from "../replay/crowd.ts";
import type { Run } from "../replay/run.ts";

const TICK = 10;

export interface TalkOrder {
  readonly people: number;
  readonly perSecond: number;
  /** Characters of each message; a few words when left out. */
  readonly length?: number;
}

/** Many people talk at once, at a steady pace, whether they are answered or not. */
export class Talk {
  readonly #timer: ReturnType<typeof setInterval>;
  said = 0;

  constructor(crowd: Crowd, run: Run, { people, perSecond, length = 0 }: TalkOrder) {
    const players = Array.from({ length: people }, (_, index) =>
      crowd.player(`talker-${index + 1}`, run),
    );
    const beganAt = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - beganAt) / 1000) * perSecond;
      while (this.said < due && !run.ended.aborted) {
        const text = `message ${++this.said} `;
        run.chance.one(players).say(`m-${this.said}`, text.padEnd(length, "text "));
      }
    }, TICK);
    run.ended.addEventListener("abort", () => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
