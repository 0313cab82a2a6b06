import type { Failure, Result } from "@snug/protocol";
import type { Chat } from "../core/chat.ts";
import type { Settling } from "../core/settled.ts";

/** What came of a change that has its place in the queue to the store. */
export async function outcomeOf<Value>(
  { chat }: { readonly chat: Chat },
  settling: Result<Settling<Value>>,
): Promise<Result<Value> | Failure> {
  if (!settling.ok) return settling;
  return settling.value.outcome.catch((fault: unknown) => chat.refusal(fault));
}
