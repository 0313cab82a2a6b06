const LONGEST = 128;
const MOST = 8;
// The other takes a tenth of a second to be made ready on a slow machine, and hardly a text needs it.
const more = /[^\p{Emoji}\p{Emoji_Component}\s]/u;
let emoji: RegExp | undefined;

/** A few emoji and nothing else are shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > LONGEST || more.test(text)) return false;
  emoji ??= new RegExp("\\p{RGI_Emoji}", "gv");
  let count = 0;
  const rest = text.replaceAll(emoji, () => {
    count++;
    return "";
  });
  return count > 0 && count <= MOST && rest.trim() === "";
}
