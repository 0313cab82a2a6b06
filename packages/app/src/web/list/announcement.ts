import type { ChatMessage } from "@snug/client";
import { filesInWords } from "../files/in-words.ts";
import { type NameOf, parseMarkdown, plainText } from "@snug/protocol";

/** Longer ones are read from the list, at one's own pace. */
const READ_ALOUD = 200;

/** What a screen reader says about messages that just came. */
export function announcement(messages: readonly ChatMessage[], nameOf: NameOf): string {
  const [first, ...more] = messages;
  if (first?.state !== "sent") return "";
  if (more.length > 0) return `${messages.length} new messages`;
  const text = plainText(parseMarkdown(first.text), nameOf);
  const read = text.length > READ_ALOUD ? `${text.slice(0, READ_ALOUD)} …` : text;
  const said = [read, filesInWords(first.files)].filter((part) => part !== "").join("; ");
  return `${first.author?.name ?? "Someone"}: ${said}`;
}
