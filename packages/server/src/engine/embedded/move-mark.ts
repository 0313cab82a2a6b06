import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** What a folder says of itself once its house is on its way to a Redis. */
export interface MoveMark {
  /** Of what the folder holds: nothing has changed in it since it was marked. */
  readonly id: string;
  /** The host and port of that Redis. */
  readonly to: string;
  readonly done: boolean;
}

const pathIn = (folder: string) => join(folder, "move.json");

export function readMoveMark(folder: string): MoveMark | null {
  try {
    return JSON.parse(readFileSync(pathIn(folder), "utf8")) as MoveMark;
  } catch (fault) {
    if (fault instanceof Error && "code" in fault && fault.code === "ENOENT") return null;
    throw fault;
  }
}

/** Durable when it returns. */
export function writeMoveMark(folder: string, mark: MoveMark): void {
  const path = pathIn(folder);
  const part = `${path}.part`;
  const file = openSync(part, "w", 0o600);
  writeSync(file, JSON.stringify(mark));
  fsyncSync(file);
  closeSync(file);
  renameSync(part, path);
  const names = openSync(folder, "r");
  fsyncSync(names);
  closeSync(names);
}

export function removeMoveMark(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}

/** Why the house does not start in this folder, and what to do. */
export function sayMoved(folder: string, { to, done }: MoveMark): string {
  const mark = pathIn(folder);
  return done
    ? `The house in ${folder} was moved to the Redis at ${to}. Start it with --redis. To have it back here as it was before the move, without all that was said since, stop every node there and delete ${mark}.`
    : `The house in ${folder} is being moved to the Redis at ${to}. Finish that with npm start -- move, or delete ${mark} to go on here, and clear that Redis.`;
}
