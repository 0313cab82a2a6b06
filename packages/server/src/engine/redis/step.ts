import type { Effect, StoredEvent } from "../../core/ports.ts";
import type { Position } from "@snug/protocol";
import type { News } from "./news.ts";
import type { Connection, Reply } from "./connection.ts";

/** What one step did to one log. */
export interface LogTold {
  readonly room: string;
  readonly epoch: string;
  readonly before: Position;
  readonly events: StoredEvent[];
  readonly effects: Effect[];
}

type Field = string | null;

/** At most so many words in one command: Lua takes no more than some thousands at once. */
const WIDTH = 1_000;

/**
 * Something that is looked at, decided here, and then done as one: what was read is
 * named beside what is written, and if any of it is another by then, nothing is done
 * and all of it begins anew. What a step wrote, it reads.
 */
export class Step {
  readonly #connection: Connection;
  /** As they are by now, and as they were read. */
  readonly #fields = new Map<string, Field>();
  readonly #read = new Map<string, Field>();
  readonly #guards = new Map<string, readonly [key: string, field: string, value: Field]>();
  readonly #writes: (readonly string[])[] = [];
  readonly #things = new Map<string, unknown>();
  readonly #endings: (() => void)[] = [];
  /** Whether it takes away more than it brings, and so may be done where memory is full. */
  isFreeing = false;
  readonly logs: LogTold[] = [];
  readonly news: News[] = [];

  /** Logs that it adds to, by the keys with which they are held. */
  readonly logHolds = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Fields of a hash that some version guards. */
  async get(key: string, ...fields: readonly string[]): Promise<Field[]> {
    const missing = fields.filter((field) => !this.#fields.has(nameOf(key, field)));
    if (missing.length > 0) {
      const found = await this.#connection.call<Field[]>("HMGET", key, ...missing);
      for (const [index, field] of missing.entries()) {
        const name = nameOf(key, field);
        // Another read of the same may have been under way, and a write come since.
        if (this.#fields.has(name)) continue;
        this.#fields.set(name, found[index] ?? null);
        this.#read.set(name, found[index] ?? null);
      }
    }
    return fields.map((field) => this.#fields.get(nameOf(key, field)) ?? null);
  }

  /** Fields of a hash that must still be so when the step is done. */
  async watch(key: string, ...fields: readonly string[]): Promise<Field[]> {
    const values = await this.get(key, ...fields);
    for (const field of fields) {
      const value = this.#read.get(nameOf(key, field));
      if (value !== undefined) this.guard(key, field, value);
    }
    return values;
  }

  guard(key: string, field: string, value: Field): void {
    const name = nameOf(key, field);
    if (!this.#guards.has(name)) this.#guards.set(name, [key, field, value]);
  }

  read(...command: readonly string[]): Promise<Reply> {
    return this.#connection.call(...command);
  }

  list(...command: readonly string[]): Promise<string[]> {
    return this.#connection.call<string[]>(...command);
  }

  readAll(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    return this.#connection.all(commands);
  }

  /** A hash as it is; to be guarded by whoever asks. */
  async all(key: string): Promise<Map<string, string>> {
    return toMap(await this.list("HGETALL", key));
  }

  set(key: string, field: string, value: string | number | null): void {
    this.#fields.set(nameOf(key, field), value === null ? null : String(value));
    if (value === null) this.write("HDEL", key, field);
    else this.write("HSET", key, field, String(value));
  }

  write(...command: readonly string[]): void {
    this.#writes.push(command);
  }

  /** A command on one key that takes any number of things, each of so many words. */
  writeAll(command: string, key: string, words: readonly string[], each = 1): void {
    const width = WIDTH - (WIDTH % each);
    for (let from = 0; from < words.length; from += width)
      this.write(command, key, ...words.slice(from, from + width));
  }

  drop(keys: readonly string[]): void {
    for (let from = 0; from < keys.length; from += WIDTH)
      this.write("UNLINK", ...keys.slice(from, from + WIDTH));
  }

  /** What is looked up once in a step, and then is as the step leaves it. */
  async once<Thing>(name: string, look: () => Promise<Thing>): Promise<Thing> {
    if (!this.#things.has(name)) this.#things.set(name, look());
    return this.#things.get(name) as Promise<Thing>;
  }

  /** The same, of what the step makes. */
  make(name: string, thing: unknown): void {
    this.#things.set(name, Promise.resolve(thing));
  }

  /** Before all is done, what was gathered till then is written. */
  atEnd(write: () => void): void {
    this.#endings.push(write);
  }

  /** The words of the script that does it; `null`: there is nothing to be done or asked. */
  finish(token: string, publish: (step: Step) => readonly (readonly string[])[]): string[] | null {
    for (const write of this.#endings) write();
    const writes = [...this.#writes, ...publish(this)];
    if (writes.length === 0 && this.#guards.size === 0) return null;
    const guards = [...this.#guards.values()].flatMap(([key, field, value]) => [
      key,
      field,
      value === null ? "-" : `=${value}`,
    ]);
    const holds = [...this.logHolds].flatMap((key) => [key, "", `#${token}`]);
    return [
      String(this.#guards.size + this.logHolds.size),
      ...guards,
      ...holds,
      ...writes.flatMap((command) => [String(command.length), ...command]),
    ];
  }

  get isWritten(): boolean {
    return this.#writes.length > 0;
  }

  /** Whether anybody is told of it. */
  get isTold(): boolean {
    return this.logs.length + this.news.length > 0;
  }
}

const nameOf = (key: string, field: string) => `${key}\n${field}`;

export function toMap(flat: readonly string[]): Map<string, string> {
  const map = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2)
    map.set(flat[index] ?? "", flat[index + 1] ?? "");
  return map;
}
