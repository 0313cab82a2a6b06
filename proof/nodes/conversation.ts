import type { Line } from "../replay/log.ts";
import type { Run } from "../replay/run.ts";

const TICK = 10;

export type Voice = (clientId: string, text: string) => void;

/**
 * The lines of a log are said at a steady pace, whether they are answered or not. The people who use
 * the SDK lend their voice to those who say least, for they send one message after the other's answer.
 */
export class Conversation {
  readonly #timer: ReturnType<typeof setInterval>;
  said = 0;

  constructor(
    run: Run,
    lines: readonly Line[],
    { players, programs }: Record<"players" | "programs", readonly Voice[]>,
    perSecond: number,
  ) {
    const nicks = [...Map.groupBy(lines, ({ nick }) => nick)]
      .toSorted(([, a], [, b]) => a.length - b.length)
      .map(([nick]) => nick);
    const voiceOf = (nick: string) => {
      const place = nicks.indexOf(nick);
      const voice = programs[place] ?? players[place % players.length];
      if (!voice) throw new Error("nobody is there to say it");
      return voice;
    };
    const beganAt = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - beganAt) / 1000) * perSecond;
      while (this.said < due && !run.ended.aborted) {
        const line = lines[this.said++ % lines.length];
        if (line) voiceOf(line.nick)(`line-${this.said}`, line.text);
      }
    }, TICK);
    run.ended.addEventListener("abort", () => this.stop());
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
