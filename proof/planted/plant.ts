import type { Edit } from "./bugs.ts";

/** The text with the bug in it; throws when the place for it is gone, or not the only one. */
export function plant(text: string, { file, right, wrong }: Edit): string {
  const parts = text.split(right);
  if (parts.length !== 2)
    throw new Error(`${file} has ${parts.length - 1} times what a planted bug replaces: ${right}`);
  return parts.join(wrong);
}
