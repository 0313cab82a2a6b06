import type { Connection } from "../redis/connection.ts";
import { house } from "../redis/keys.ts";
import { COMMIT } from "../redis/scripts.ts";

/**
 * Begins where nothing is, or goes on with the same move.
 * Answers how many keys there are of something else, or whose move it is and how far it came.
 */
const BEGIN = `
local found = redis.call('HMGET', '${house.move}', 'id', 'at')
if found[1] then return found end
local keys = redis.call('DBSIZE')
if keys > 0 then return keys end
redis.call('HSET', '${house.move}', 'id', ARGV[1], 'at', ARGV[2])
return {ARGV[1], ARGV[2]}
`;

const LOOK = `#!lua flags=no-writes
return redis.call('HGET', '${house.move}', 'id') or redis.call('DBSIZE')
`;

/** Somebody else is moving a house here at the same time. */
export class Overtaken extends Error {}

/** A Redis to which a house is moved: it says itself how far that has come, in the step that brings it there. */
export class Target {
  readonly #connection: Connection;
  #at: string;

  private constructor(connection: Connection, at: string) {
    this.#connection = connection;
    this.#at = at;
  }

  /** Whose move is under way here, or how many keys there are. */
  static look(connection: Connection): Promise<string | number> {
    return connection.run(LOOK, []);
  }

  /** @param at where a move begins; `null`: something else is here by now */
  static async begin(connection: Connection, id: string, at: string): Promise<Target | null> {
    const found = await connection.run<number | [string, string]>(BEGIN, [id, at]);
    return typeof found === "object" && found[0] === id ? new Target(connection, found[1]) : null;
  }

  get at(): string {
    return this.#at;
  }

  async put(commands: readonly (readonly string[])[], at: string): Promise<void> {
    const all = [...commands, ["HSET", house.move, "at", at]];
    const words = all.flatMap((command) => [String(command.length), ...command]);
    // Once and no more, whatever a process that was killed had sent.
    const done = await this.#connection.run<number>(COMMIT, [
      "1",
      house.move,
      "at",
      `=${this.#at}`,
      ...words,
    ]);
    if (done === 0) throw new Overtaken();
    this.#at = at;
  }

  /** From now on it is a house. */
  async finish(): Promise<void> {
    await this.#connection.call("UNLINK", house.move);
  }
}
