import type { ChatMessage } from "@snug/client";

/** The newest number in the log that is held, 0 when nothing is. */
export function newestSeq(messages: readonly ChatMessage[]): number {
  return messages.findLast((message) => message.seq !== null)?.seq ?? 0;
}

/** What others said after `seq`, oldest first. */
export function fromOthersAfter(
  messages: readonly ChatMessage[],
  seq: number,
): readonly ChatMessage[] {
  const found: ChatMessage[] = [];
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message === undefined || (message.seq !== null && message.seq <= seq)) break;
    if (message.state === "sent" && !message.mine) found.push(message);
  }
  return found.reverse();
}
