import type { User } from "@snug/protocol";

/** What is being written at the caret and may be completed: `@ad`, `:thu`. */
export interface Begun {
  readonly mark: "@" | ":";
  readonly query: string;
  /** Where the mark stands. */
  readonly start: number;
  readonly end: number;
}

const person = /(?:^|[\s([{"'*_~>,;])@([\p{L}\p{N}\p{M}._-]{0,32})$/u;
// Two letters at least: `:)` and `10:3` are no shortcodes.
const emoji = /(?:^|[^\p{L}\p{N}:\\]):([a-z0-9_+-]{2,32})$/iu;

export function begunAt(text: string, caret: number): Begun | null {
  // Each caret move looks at a few characters only, however long the text is.
  const before = text.slice(Math.max(0, caret - 40), caret);
  const query = person.exec(before)?.[1];
  const code = query === undefined ? emoji.exec(before)?.[1] : undefined;
  const found = query ?? code;
  if (found === undefined) return null;
  const mark = query === undefined ? ":" : "@";
  return { mark, query: found, start: caret - found.length - 1, end: caret };
}

/** Something to pick, and what is written for it. */
export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly note: string;
  readonly person?: User;
  readonly written: string;
  /** What goes out for it, where it is a name: it may stand for somebody else in the text already. */
  readonly sent?: string;
}

const MOST = 8;

const everybody: readonly Choice[] = [
  {
    key: "@here",
    label: "@here",
    note: "everybody who is here now",
    written: "@here",
    sent: "@here",
  },
  { key: "@room", label: "@room", note: "everybody in the room", written: "@room", sent: "@room" },
];

/** People whose name, a word of it, or username begins so; then those of the whole room. */
export function peopleFor(query: string, people: readonly User[]): readonly Choice[] {
  const wanted = query.toLowerCase();
  const begins = (text: string) => text.toLowerCase().startsWith(wanted);
  const found = people
    .filter(
      ({ name, username = "" }) =>
        begins(name) || begins(username) || name.split(/\s+/).some(begins),
    )
    .slice(0, MOST)
    .map((user) => ({
      key: user.id,
      label: user.name,
      note: user.username === undefined ? "" : `@${user.username}`,
      person: user,
      ...(isSpokenFor(user)
        ? { written: `@${user.name}`, sent: `<@${user.id}>` }
        : { written: `@${user.username}`, sent: `@${user.username}` }),
    }));
  return [...found, ...everybody.filter(({ label }) => begins(label.slice(1)))];
}

/** Whom no username calls: guests, and accounts whose username reads as something else in a text. */
const isSpokenFor = ({ username }: User) =>
  username === undefined || /[.-]$|^(?:here|room)$/i.test(username);
