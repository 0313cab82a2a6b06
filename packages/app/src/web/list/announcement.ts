import type { ChatMessage } from "@snug/client";

/** Longer ones are read from the list, at one's own pace. */
const READ_ALOUD = 200;

/** What a screen reader says about messages that just came. */
export function announcement(messages: readonly ChatMessage[]): string {
  const [first, ...more] = messages;
  if (first?.state !== "sent") return "";
  if (more.length > 0) return `${messages.length} new messages`;
  const text = first.text.length > READ_ALOUD ? `${first.text.slice(0, READ_ALOUD)} …` : first.text;
  return `${first.author?.name ?? "Someone"}: ${text}`;
}
