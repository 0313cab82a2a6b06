import { limits, type NameOf } from "@snug/protocol";

/** What goes out for each name that was picked: `@Al` as `<@id>`. */
export type Picked = ReadonlyMap<string, string>;

/** A text as people write it, with names, and what those names stand for. */
export interface Written {
  readonly text: string;
  readonly picked: Picked;
}

export const nothing: Written = { text: "", picked: new Map() };

const idMention = new RegExp(`<@([A-Za-z0-9_-]{1,${limits.idLength}})>`, "g");

/** A text that was sent, as it is written: what was said to `<@id>` is said to a name. */
export function toWritten(text: string, nameOf: NameOf): Written {
  const picked = new Map<string, string>();
  const written = outsideCode(text, (part) =>
    part.replaceAll(idMention, (sent, id: string) => {
      const name = nameFor(`@${nameOf(id) ?? "somebody"}`, sent, { text, picked });
      picked.set(name, sent);
      return name;
    }),
  );
  return { text: written, picked };
}

/** The text as it is sent: picked names as ids, shortcodes as emoji; code as it was written. */
export function toSent(
  { text, picked }: Written,
  replaceShortcodes: (text: string) => string,
): string {
  const names = anyOf([...picked.keys()]);
  return outsideCode(text, (part) =>
    replaceShortcodes(part.replaceAll(names, (name) => picked.get(name) ?? name)),
  );
}

/** Picks whom `sent` calls, in the place between the two; another of the same name is told apart. */
export function pick(
  wanted: string,
  sent: string,
  [before, after]: readonly [string, string],
  picked: Picked,
): { readonly name: string; readonly picked: Picked } {
  const text = `${before} ${after}`;
  const left = new Map([...picked].filter(([name]) => occurs(name, text)));
  const name = nameFor(wanted, sent, { text, picked: left });
  return { name, picked: left.set(name, sent) };
}

/** One that stands for nobody else in this text, picked or not. */
function nameFor(wanted: string, sent: string, { text, picked }: Written): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted} (${count})`;
    const meant = picked.get(name);
    if (meant === sent || (meant === undefined && !occurs(name, text))) return name;
  }
}

const occurs = (name: string, text: string) => text.search(anyOf([name])) !== -1;

/** These as words of their own: not `@Al` in `@Alan`, `x@Al.com` or `https://h/@Al`. */
function anyOf(names: readonly string[]): RegExp {
  if (names.length === 0) return /(?!)/g;
  // Longer names first: "@Ada Lovelace" is not "@Ada".
  const escaped = names
    .toSorted((one, other) => other.length - one.length)
    .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(
    `(?<![\\p{L}\\p{N}\\p{M}/])(?:${escaped.join("|")})(?![\\p{L}\\p{N}\\p{M}])`,
    "gu",
  );
}

const outsideCode = (text: string, change: (part: string) => string) =>
  text
    .split(/(```[^]*?```|`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
