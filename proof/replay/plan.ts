import type { Transport } from "../history.ts";
import { Chance } from "../chance.ts";

/** What goes wrong, right after line number `line` of the log was said. */
export type Fault =
  | { line: number; kind: "kill" }
  /** The connection of a watcher is cut, and comes back when line `until` is said. */
  | { line: number; kind: "cut"; watcher: string; until: number }
  /** So is that of whoever said the line, with the answer still on its way. */
  | { line: number; kind: "cut-speaker"; until: number };

export interface Plan {
  watchers: { name: string; transport: Transport }[];
  faults: Fault[];
}

const TRANSPORTS: readonly Transport[] = ["ws", "sse", "http"];
const LINES_A_WATCHER_CUT = 250;
const LINES_A_SPEAKER_CUT = 60;
const SHORT_ABSENCE = 20;
/** So long that more than 300 events are missed, which do not come inline on a WebSocket. */
const LONG_ABSENCE = 360;

/** Spreads the faults over the log: the same seed gives the same plan. */
export function planFaults(options: {
  seed: number;
  lines: number;
  kills: number;
  watchersEach: number;
}): Plan {
  const chance = new Chance(options.seed);
  const { lines } = options;
  const faults: Fault[] = [];
  const watchers = TRANSPORTS.flatMap((transport) =>
    Array.from({ length: options.watchersEach }, (_, index) => ({
      name: `${transport}-${index + 1}`,
      transport,
    })),
  );

  for (const { name } of watchers) {
    const first = name.endsWith("-1");
    const cuts = stretches(lines, Math.round(lines / LINES_A_WATCHER_CUT));
    const roomy = cuts.filter(({ to }) => to + LONG_ABSENCE < lines).length;
    const longOne = first ? chance.whole(0, Math.max(0, roomy - 1)) : -1;
    let backAt = 0;
    for (const [index, { from, to }] of cuts.entries()) {
      const away = index === longOne ? LONG_ABSENCE : chance.whole(1, SHORT_ABSENCE);
      const line = Math.max(chance.whole(from, to), backAt + 1);
      backAt = Math.min(lines - 1, line + away);
      if (line < backAt) faults.push({ line, kind: "cut", watcher: name, until: backAt });
    }
  }
  for (const { from, to } of stretches(lines, Math.round(lines / LINES_A_SPEAKER_CUT))) {
    const line = chance.whole(from, to);
    faults.push({
      line,
      kind: "cut-speaker",
      until: Math.min(lines - 1, line + chance.whole(1, 10)),
    });
  }
  for (let kill = 1; kill <= options.kills; kill++) {
    const middle = (lines * kill) / (options.kills + 1);
    const jitter = (lines / (options.kills + 1)) * 0.2 * (chance.next() - 0.5);
    faults.push({ line: Math.floor(middle + jitter), kind: "kill" });
  }
  return { watchers, faults: faults.sort((a, b) => a.line - b.line) };
}

/** Cuts the log's lines, but for the first and the last few, into equal stretches: at least one. */
function stretches(lines: number, count: number): { from: number; to: number }[] {
  const margin = Math.ceil(lines * 0.03);
  const inner = lines - 2 * margin;
  if (inner < 1) return [];
  const size = inner / Math.max(1, count);
  return Array.from({ length: Math.max(1, count) }, (_, index) => ({
    from: margin + Math.floor(index * size),
    to: margin + Math.floor((index + 1) * size) - 1,
  }));
}
