import type { Message } from "@snug/protocol";

/** All of a message that can be looked for: what it says, and what its files are called. */
export function wordsOf({ text, files }: Pick<Message, "text" | "files">): string {
  const names = files.map(({ name }) => name);
  return (text === "" ? names : [text, ...names]).join("\n");
}
