import type { Finding } from "../finding.ts";

export interface Setting {
  /** The long form is the published one; the short one is for every test run. */
  readonly long: boolean;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
}

/** What is done to a real server. */
export interface Fault {
  readonly name: string;
  /** In a reader's words. */
  readonly what: string;
  /** Throws Impossible where this machine cannot do it. */
  strike(setting: Setting): Promise<Outcome>;
}

export interface Outcome extends Pick<
  Finding,
  "sent" | "acknowledged" | "lost" | "repeated" | "silence"
> {
  readonly reordered?: number;
  readonly done: number;
  /** How often it is known to have changed something: less than `done` is a broken run. */
  readonly bit: number;
  /** For each time, the milliseconds until all was well again. */
  readonly heals?: readonly number[];
  /** All in which it went otherwise than promised. */
  readonly differences: readonly string[];
  readonly note: string;
}

export class Impossible extends Error {}

/** Does it and judges it: a fault that did not bite proves nothing, and so is no success. */
export async function strike(
  fault: Fault,
  setting: Setting,
  part: Finding["part"] = "processes",
): Promise<Finding> {
  try {
    const { heals = [], differences, note, ...figures } = await fault.strike(setting);
    const { done, bit } = figures;
    const all = bit < done ? [`it bit ${bit} times of ${done}`, ...differences] : differences;
    return {
      part,
      fault: fault.what,
      ...figures,
      ...(heals.length > 0 && { heal: heal(heals) }),
      result: all.length === 0 ? "kept" : "broken",
      note: all.length === 0 ? note : `${all.join("; ")} (seed ${setting.seed}; ${note})`,
    };
  } catch (error) {
    const result = error instanceof Impossible ? "impossible here" : "broken";
    const why = error instanceof Impossible ? error.message : String(error);
    return { part, fault: fault.what, done: 0, bit: 0, result, note: why };
  }
}

function heal(times: readonly number[]): { median: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  return { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
}
