import compact from "emojibase-data/en/compact.json" with { type: "json" };
import messages from "emojibase-data/en/messages.json" with { type: "json" };
import common from "emojibase-data/en/shortcodes/emojibase.json" with { type: "json" };
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };

/** A group's name, and of each of its emoji: itself, what it is called, other words for it in one text, its shortcodes. */
export type EmojiData = readonly (readonly [string, readonly (readonly string[])[]])[];

/** What the page needs of emojibase's data; runs when the page is built, so that nothing more is loaded. */
export function emojiData(): EmojiData {
  const emojis = compact as unknown as readonly Entry[];
  return (messages as unknown as { groups: readonly Group[] }).groups
    .filter(({ order }) => order !== COMPONENTS)
    .map(({ message, order }) => [
      message,
      emojis
        .filter((emoji) => emoji.group === order)
        .toSorted((one, other) => one.order - other.order)
        .flatMap(({ unicode, label, hexcode, tags = [] }) => {
          const emoji = recommended(unicode);
          const codes = shortcodesOf(hexcode);
          return emoji === null
            ? []
            : [[emoji, label, othersOf(tags, [label, ...codes]), ...codes]];
        }),
    ]);
}

interface Group {
  readonly message: string;
  readonly order: number;
}
interface Entry {
  readonly unicode: string;
  readonly label: string;
  readonly hexcode: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly order: number;
}

/** Parts of other emoji: tones of skin and hair. */
const COMPONENTS = 2;

const single = new RegExp("^\\p{RGI_Emoji}$", "v");

/** In the form that reactions take: emojibase puts a variation selector where none belongs. */
function recommended(unicode: string): string | null {
  const bare = unicode.replaceAll("\ufe0f", "");
  return [bare, unicode].find((form) => single.test(form)) ?? null;
}

function shortcodesOf(hexcode: string): readonly string[] {
  const known = [named(github)[hexcode], named(common)[hexcode]].flat();
  return [...new Set(known.filter((code) => code !== undefined))];
}

/** Those that its names do not hold anyway. */
const othersOf = (tags: readonly string[], names: readonly string[]) =>
  tags.filter((tag) => !names.some((name) => name.toLowerCase().includes(tag))).join(" ");

const named = (codes: unknown) => codes as Record<string, string | string[] | undefined>;
