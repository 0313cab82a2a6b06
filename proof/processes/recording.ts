import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogEvent } from "../history.ts";
import type { Setting } from "./fault.ts";
import { judge, type Judged } from "./scene.ts";
import { committedEnd, frames, generation } from "./wal.ts";

/** The server brings its log home when it has a thousand frames. */
const NEARLY_LONG = 900;

/** An answer that a client had, and how much of the write-ahead log was on the disk by then. */
export interface Ack {
  readonly seq: number;
  readonly generation: string;
  readonly end: number;
}

/** What lay on the disk at a moment at which everything sent had been answered. */
export interface Copy {
  readonly db: Buffer;
  readonly wal: Buffer;
  readonly acks: readonly Ack[];
  /** Whether the log has been brought home into the database since it was begun. */
  readonly broughtHome: boolean;
}

export interface Recording {
  readonly judged: Judged;
  readonly log: readonly LogEvent[];
  /** After each burst of sends. */
  readonly copies: readonly Copy[];
}

/**
 * Lets somebody send bursts of messages to a real server, and copies its files after each burst:
 * so many, and more until the log was brought home once.
 */
export async function record(setting: Setting, bursts: number): Promise<Recording> {
  const copies: Copy[] = [];
  const judged = await judge(setting, async ({ run, server, crowd }) => {
    const writer = crowd.player("writer");
    const acks: Ack[] = [];
    let read = 0;
    let said = 0;
    let long = false;
    const enough = () => copies.length >= bursts && copies.some((copy) => copy.broughtHome);
    while (!enough() && !run.ended.aborted) {
      // One by one where it is soon brought home, or the next commit hides that moment.
      const size = long ? 1 : run.chance.whole(1, 12);
      for (let index = 0; index < size; index++) {
        const text = `message ${++said} `.padEnd(run.chance.whole(20, 14_000), "words and words ");
        writer.say(`m-${said}`, text);
      }
      await crowd.until(() => crowd.waiting === 0, "a burst was not answered");
      const { db, wal } = await readFiles(server.data);
      for (const entry of run.history.slice(read)) {
        if (entry.kind !== "ok") continue;
        acks.push({ seq: entry.seq, generation: generation(wal), end: committedEnd(wal) });
      }
      read = run.history.length;
      const before = copies.at(-1);
      const broughtHome =
        before !== undefined &&
        generation(before.wal) === generation(wal) &&
        (before.broughtHome || !before.db.equals(db));
      // Most copies have the same database, which is kept once.
      const same = before?.db.equals(db) ? before.db : db;
      copies.push({ db: same, wal, acks: [...acks], broughtHome });
      long = frames(wal) > NEARLY_LONG;
    }
  });
  if (!copies.some((copy) => copy.broughtHome))
    throw new Error(`the log was never brought home: ${judged.differences.join("; ")}`);
  return { judged, log: judged.log, copies };
}

/** Both files at one moment: the server may be tidying up. */
async function readFiles(folder: string): Promise<{ db: Buffer; wal: Buffer }> {
  const path = join(folder, "snug.db");
  const read = () => ({
    db: readFileSync(path),
    wal: existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`) : Buffer.alloc(0),
  });
  for (let one = read(); ;) {
    await Bun.sleep(5);
    const other = read();
    if (one.db.equals(other.db) && one.wal.equals(other.wal)) return one;
    one = other;
  }
}
