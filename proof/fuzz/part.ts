import type { Finding } from "../finding.ts";

/** How far a part goes: the short form is for `npm test`. */
export interface Run {
  readonly long: boolean;
  readonly seed: number;
}

/** What a part did, and everything in it that was not as it should be. */
export interface Outcome {
  readonly findings: readonly Finding[];
  /** One line each; none where Snug kept its word. */
  readonly troubles: readonly string[];
}

/** The row of a part that was kept where there are no troubles. */
export function judged(
  finding: Omit<Finding, "part" | "result" | "bit"> & { readonly bit?: number },
  troubles: readonly string[],
): Outcome {
  const { note } = finding;
  const words = [...(note === undefined ? [] : [note]), ...troubles.slice(0, 3)].join("; ");
  return {
    findings: [
      {
        part: "fuzz",
        bit: finding.done,
        ...finding,
        result: troubles.length === 0 ? "kept" : "broken",
        ...(words !== "" && { note: words }),
      },
    ],
    troubles,
  };
}
