import type { Progress } from "./stage.ts";

const WIDTH = 30;
const BAR_EVERY = 100;
const LINE_EVERY = 10_000;

/** Shows how far a run is: a bar on a terminal, a plain line now and then elsewhere. */
export function showProgress(total: number, out: NodeJS.WriteStream): (at: Progress) => void {
  let lastAt = performance.now();
  return (at) => {
    const done = at.said === total;
    if (!done && performance.now() - lastAt < (out.isTTY ? BAR_EVERY : LINE_EVERY)) return;
    lastAt = performance.now();
    const words = `${at.said} of ${total} lines, ${at.waiting} unanswered, ${at.kills} kills`;
    if (!out.isTTY) {
      out.write(`${words}\n`);
      return;
    }
    const full = Math.floor((WIDTH * at.said) / total);
    out.write(
      `\r\x1b[K[${"#".repeat(full)}${" ".repeat(WIDTH - full)}] ${words}${done ? "\n" : ""}`,
    );
  };
}
