import type { SentMessage } from "@snug/client";
import type { NameOf } from "@snug/protocol";
import { toWritten } from "../composer/written.ts";

/** A message as it is quoted in another room: who said it where, and the way to it. */
export function forwarded(
  { text, author }: Pick<SentMessage, "text" | "author">,
  nameOf: NameOf,
  room: string,
  link: string,
): string {
  // Nobody is called a second time by what was said elsewhere.
  const quoted = toWritten(text, nameOf).text.replaceAll("@", "@\u2060").split("\n");
  const lines = quoted.map((line) => (line === "" ? ">" : `> ${line}`));
  return `${lines.join("\n")}\n\n${author?.name ?? "Someone"} in ${room}: ${link}\n`;
}
