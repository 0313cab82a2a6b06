import { emojiData } from "./data.macro.ts" with { type: "macro" };

export interface Emoji {
  readonly emoji: string;
  readonly label: string;
  /** Other words for it, or for what it is used for. */
  readonly tags: readonly string[];
  /** The first is the one it is best known by. */
  readonly shortcodes: readonly string[];
}

export interface EmojiGroup {
  readonly name: string;
  readonly emojis: readonly Emoji[];
}

export const groups: readonly EmojiGroup[] = emojiData().map(([name, emojis]) => ({
  name,
  emojis: emojis.map(([emoji = "", label = "", tags = "", ...shortcodes]) => ({
    emoji,
    label,
    tags: tags.split(" "),
    shortcodes,
  })),
}));

const all = groups.flatMap((group) => group.emojis);
const byShortcode = new Map(
  all.flatMap((one) => one.shortcodes.map((code) => [code, one.emoji] as const)),
);
const byEmoji = new Map(all.map((one) => [one.emoji, one]));

export const find = (emoji: string) => byEmoji.get(emoji);

/** Those that answer to these letters, the best first. */
export function search(query: string, most = Infinity): readonly Emoji[] {
  const wanted = query.trim().toLowerCase().replaceAll(" ", "_");
  const ranked: Emoji[][] = [[], [], [], [], []];
  for (const one of all) {
    const rank = rankOf(one, wanted);
    if (rank !== null) ranked[rank]?.push(one);
  }
  return ranked.flat().slice(0, most);
}

/** Exactly so, beginning so, a word of it beginning so, another word for it, somewhere in it. */
function rankOf({ label, tags, shortcodes }: Emoji, wanted: string): number | null {
  if (shortcodes.includes(wanted)) return 0;
  if (shortcodes.some((code) => code.startsWith(wanted))) return 1;
  const names = [label.toLowerCase().replaceAll(" ", "_"), ...shortcodes];
  if (names.some((name) => name.startsWith(wanted) || name.includes(`_${wanted}`))) return 2;
  if (tags.some((tag) => tag.startsWith(wanted))) return 3;
  return names.some((name) => name.includes(wanted)) ? 4 : null;
}

/** The text with its shortcodes replaced; what is none, or stands within a word, stays. */
export const replaceShortcodes = (text: string): string =>
  text.replaceAll(
    /(?<![\p{L}\p{N}:\\]):([a-z0-9_+-]{1,40}):(?![\p{L}\p{N}:])/gu,
    (written, code: string) => byShortcode.get(code) ?? written,
  );
