import type { SentMessage } from "@snug/client";
import type { NameOf } from "@snug/protocol";
import { filesInWords } from "../files/in-words.ts";
import { toWritten } from "../composer/written.ts";

/** A message as it is quoted in another room: who said it where, and the way to it. */
export function forwarded(
  { text, files, author }: Pick<SentMessage, "text" | "files" | "author">,
  nameOf: NameOf,
  room: string,
  link: string,
): string {
  // Nobody is called a second time by what was said elsewhere.
  const words = text === "" ? filesInWords(files) : toWritten(text, nameOf).text;
  const quoted = words.replaceAll("@", "@\u2060").split("\n");
  const lines = quoted.map((line) => (line === "" ? ">" : `> ${line}`));
  return `${lines.join("\n")}\n\n${author?.name ?? "Someone"} in ${room}: ${link}\n`;
}
