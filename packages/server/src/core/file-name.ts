import { limits } from "@snug/protocol";

/** What a name must not hold: ends of lines, controls, and marks that turn round what is read beside it. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/**
 * A file's name, safe to show and to save under: what stands behind the last slash of
 * what was sent, without controls. It is a label, and never a path of this server's.
 */
export function safeFileName(sent: string): string {
  const [last = ""] = sent.split(/[/\\]/).slice(-1);
  const name = last
    .replaceAll(UNSAFE, "")
    .normalize("NFC")
    .trim()
    // Neither hidden files nor "..", nor what Windows cuts off.
    .replace(/^[.\s]+|[.\s]+$/g, "");
  return shortened(name) || "file";
}

/** Cut in the middle, so that it keeps its ending. */
function shortened(name: string): string {
  const characters = Array.from(name);
  const over = characters.length - limits.fileNameLength;
  if (over <= 0) return name;
  const ending = Array.from(/\.[^.]{1,16}$/u.exec(name)?.[0] ?? "");
  const stem = characters.slice(0, limits.fileNameLength - ending.length);
  return [...stem, ...ending].join("");
}
