const LONGEST = 128;
const MOST = 8;
const emoji = new RegExp("\\p{RGI_Emoji}", "gv");

/** A few emoji and nothing else are shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > LONGEST) return false;
  let count = 0;
  const rest = text.replaceAll(emoji, () => {
    count++;
    return "";
  });
  return count > 0 && count <= MOST && rest.trim() === "";
}
