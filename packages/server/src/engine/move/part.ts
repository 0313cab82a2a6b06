import type { Statement } from "bun:sqlite";

/** What is written in one step, and how far into its part of the house that is. */
export interface Load {
  readonly commands: readonly (readonly string[])[];
  readonly upTo: string;
  readonly events?: number;
  /** Bytes that must be where they belong before. */
  readonly bytes?: readonly Bytes[];
}

export interface Bytes {
  readonly name: string;
  readonly size: number;
}

/** A part of the house, some rows at a time, in an order in which it can be gone on with. */
export type Part = (after: string | null) => Iterable<Load>;

/** Rows that are read and written at once. */
export const ROWS = 256;
/** Words of one command: Lua takes no more than some thousands. */
const WORDS = 1_000;

type Key = readonly (string | number)[];

/** A table, or what is joined to it; the statement takes the key of the last row and gives those behind it. */
export function tableOf<Row>(
  statement: Statement,
  first: Key,
  keyOf: (row: Row) => Key,
  load: (row: Row) => Omit<Load, "upTo">,
): Part {
  return function* (after) {
    for (let key = after === null ? first : (JSON.parse(after) as Key); ;) {
      const rows = statement.all(...key) as Row[];
      const last = rows.at(-1);
      if (last === undefined) return;
      key = keyOf(last);
      const loads = rows.map(load);
      yield {
        commands: loads.flatMap(({ commands }) => commands),
        bytes: loads.flatMap(({ bytes = [] }) => bytes),
        upTo: JSON.stringify(key),
      };
    }
  };
}

/** A command on one key that takes any number of things, each of so many words. */
export function many(command: string, key: string, words: readonly string[], each = 1): string[][] {
  const commands: string[][] = [];
  const width = WORDS - (WORDS % each);
  for (let from = 0; from < words.length; from += width)
    commands.push([command, key, ...words.slice(from, from + width)]);
  return commands;
}
