import { succeed, type Result } from "@snug/protocol";
import { refusal } from "./place.ts";
import type { Appended } from "./ports.ts";

/**
 * What a change to a message answers: at once that it has its place in the queue
 * to the store, so that the same sender's next command cannot overtake it.
 * `outcome` answers after the commit and throws what the store threw.
 */
export interface Settling<Value> {
  readonly outcome: Promise<Result<Value>>;
}

/** A change of which there is nothing to tell but that it happened, or why not. */
export async function settled(appended: Promise<Appended>): Promise<Result<null>> {
  const outcome = await appended;
  return outcome.kind === "refused" ? refusal(outcome) : succeed(null);
}
