import type { SentMessage } from "@snug/client";
import { heightOfFiles } from "../files/box.ts";
import type { Row } from "./rows.ts";

/** Lines of a message that are shown before "Show all"; style/list.css knows it too. */
export const CLAMP_LINES = 20;

const LINE = 24;
const WIDE_ENOUGH_FOR = 64;

/** A first guess at a row's height in pixels, before it was drawn. */
export function guessHeight(row: Row): number {
  const head =
    (row.day === null ? 0 : 52) + (row.startsNew ? 32 : 0) + (row.startsGroup ? 16 + LINE : 2);
  if (row.message.state === "unreadable") return head + LINE;
  const { message } = row;
  if (message.state === "sent" && message.deletedAt !== null) return head + LINE;
  const quote = message.replyTo === null ? 0 : 28;
  const under = message.state === "sent" ? heightUnder(message) : 0;
  const files = heightOfFiles(message.files);
  const lines = Math.ceil(message.text.length / WIDE_ENOUGH_FOR);
  const least = files === 0 ? 1 : 0;
  return head + quote + Math.min(Math.max(lines, least), CLAMP_LINES) * LINE + files + under;
}

/** Of what stands under a text: marks, reactions, the way to its thread. */
function heightUnder({ editedAt, pinned, reactions, replies }: SentMessage): number {
  return (
    (editedAt !== null || pinned ? 18 : 0) +
    (Object.keys(reactions).length > 0 ? 36 : 0) +
    (replies === undefined ? 0 : 32)
  );
}

/** Whether it is worth asking the layout if this text is cut off. */
export function mayBeCut(text: string): boolean {
  // Twenty lines on the narrowest screen hold more than this, blank lines apart.
  if (text.length > CLAMP_LINES * 12) return true;
  let breaks = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) breaks++;
  // A block of code is higher than its lines, by its head.
  return breaks >= (text.includes("```") ? CLAMP_LINES / 5 : CLAMP_LINES / 2);
}
