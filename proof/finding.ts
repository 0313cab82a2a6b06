import { appendFileSync } from "node:fs";

/** One thing that was done to Snug, and what came of it: a row of docs/proof.md. */
export interface Finding {
  readonly part: "planted" | "model" | "simulation" | "processes" | "nodes" | "fuzz" | "access";
  /** What was done, in a reader's words: "kill -9 under load". */
  readonly fault: string;
  /** How often it was done, and how often it is known to have bitten. */
  readonly done: number;
  readonly bit: number;
  /** Messages, where messages were sent. */
  readonly sent?: number;
  readonly acknowledged?: number;
  readonly lost?: number;
  readonly repeated?: number;
  readonly reordered?: number;
  /** Milliseconds from the end of the fault until everything worked again. */
  readonly heal?: { readonly median: number; readonly max: number };
  /** The most milliseconds in which somebody waited for an answer and nobody was given one. */
  readonly silence?: number;
  /** `impossible here`: this machine cannot do it; it never counts as kept. */
  readonly result: "kept" | "broken" | "impossible here";
  /** Seeds, figures, or why it is broken or impossible; one sentence. */
  readonly note?: string;
}

/** Adds it to the file that `npm run proof` gathers, as a JSON line. */
export function writeFinding(file: string, finding: Finding): void {
  appendFileSync(file, `${JSON.stringify(finding)}\n`);
}
