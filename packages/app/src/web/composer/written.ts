import { limits, type NameOf } from "@snug/protocol";

/** What goes out for each name that was picked: `@Al` as `<@id>`. */
export type Picked = ReadonlyMap<string, string>;

/** A text as people write it, with names, and what those names stand for. */
export interface Written {
  readonly text: string;
  readonly picked: Picked;
}

export const nothing: Written = { text: "", picked: new Map() };

/** One text below the other. */
export function joined(above: Written, below: Written): Written {
  const text = [above.text, below.text].filter((one) => one !== "").join("\n");
  return { text, picked: new Map([...below.picked, ...above.picked]) };
}

/** A name calls as a word of its own: not `@Al` in `@Alan`, `@Al_x`, `x@Al.com` or `https://h/@Al`. */
const BEFORE = "(?<![\\p{L}\\p{N}\\p{M}/])";
const AFTER = "(?![_.-]*[\\p{L}\\p{N}\\p{M}])";
/** Where no name could stand for it, an id stays one. */
const idMention = new RegExp(`${BEFORE}<@([A-Za-z0-9_-]{1,${limits.idLength}})>${AFTER}`, "gu");

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
    if (meant === sent) return name;
    // Written by hand, it stands for what it says.
    if (meant === undefined && (name === sent || !occurs(name, text))) return name;
  }
}

const occurs = (name: string, text: string) => text.search(anyOf([name])) !== -1;

function anyOf(names: readonly string[]): RegExp {
  if (names.length === 0) return /(?!)/g;
  // Longer names first: "@Ada Lovelace" is not "@Ada".
  const escaped = names
    .toSorted((one, other) => other.length - one.length)
    .map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`${BEFORE}(?:${escaped.join("|")})${AFTER}`, "gu");
}

const outsideCode = (text: string, change: (part: string) => string) =>
  text
    .split(/(```[^]*?```|`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
