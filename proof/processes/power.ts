import { Chance } from "../chance.ts";
import type { Fault } from "./fault.ts";
import { type Copy, record, type Recording } from "./recording.ts";
import { newestOf, oddities, prefix, reopen } from "./reopen.ts";
import { figures } from "./scene.ts";
import { committedEnd, frameSize, generation, WAL_HEAD } from "./wal.ts";

/** Of what does not reach the disk behind the cut: nothing at all, zeros, or noise. */
const TAILS = ["missing", "zeros", "noise"] as const;
const SECTOR = 512;

export const power: Fault = {
  name: "power",
  what: "power cut: the write-ahead log is cut at a random byte",
  async strike(setting) {
    const [cuts, torn, bursts] = setting.long ? [2_000, 200, 120] : [50, 6, 20];
    const chance = new Chance(setting.seed);
    const recording = await record(setting, bursts);
    const { judged, log, copies } = recording;
    const differences = [...judged.differences];
    const usable = copies.filter((it) => !it.broughtHome && committedEnd(it.wal) > WAL_HEAD);
    const newest = newestOf(log);
    let [bit, held, demanded] = [0, 0, 0];

    for (let cut = 0; cut < cuts && differences.length < 5; cut++) {
      const copy = chance.one(usable);
      const at = insideFrame(copy.wal, chance);
      if (committedEnd(copy.wal.subarray(0, at)) < committedEnd(copy.wal)) bit++;
      const tail = chance.one(TAILS);
      const wal = cutAt(copy, at, tail, chance);
      const reopened = await reopen({ db: copy.db, wal }, newest);
      const { refused, events } = reopened;
      const holds = prefix(events, log);
      const owed = owes(copy, at);
      held += holds ?? 0;
      demanded += owed;
      const what = `cut at byte ${at}, the rest ${tail}`;
      differences.push(...oddities(reopened).map((oddity) => `${what}: ${oddity}`));
      if (refused !== undefined) differences.push(`${what}: it would not open: ${refused}`);
      else if (holds === undefined) differences.push(`${what}: it holds what was never there`);
      else if (holds < owed) differences.push(`${what}: it holds ${holds} events and owes ${owed}`);
    }
    const home = await tearCheckpoints(recording, torn, chance, differences);
    return {
      ...figures(judged),
      done: cuts + torn,
      bit: bit + home,
      differences,
      note: `${cuts} cuts, all inside a frame or the log's head, over ${usable.length} moments: ${demanded} acknowledged events were owed in all, ${held} held; ${torn} checkpoints were cut short as well, each with a random mix of old and new sectors in the database`,
    };
  },
};

/** A byte of a frame or of the log's head, never the place between two frames. */
function insideFrame(wal: Buffer, chance: Chance): number {
  const at = chance.whole(1, committedEnd(wal) - 1);
  return (at - WAL_HEAD) % frameSize(wal) === 0 ? at + 1 : at;
}

/** The last event whose answer left before the cut's place was written. */
function owes({ wal, acks }: Copy, at: number): number {
  const now = generation(wal);
  const owed = acks.filter((ack) => ack.generation !== now || ack.end <= at);
  return Math.max(0, ...owed.map(({ seq }) => seq));
}

function cutAt({ wal }: Copy, at: number, tail: (typeof TAILS)[number], chance: Chance): Buffer {
  if (tail === "missing") return wal.subarray(0, at);
  const torn = Buffer.from(wal);
  const sector = Buffer.from(Array.from({ length: SECTOR }, () => chance.whole(0, 255)));
  return torn.fill(tail === "zeros" ? 0 : sector, at);
}

/** While the log is brought home, power goes: the log is whole, of the database some sectors are new. */
async function tearCheckpoints(
  { log, copies }: Recording,
  times: number,
  chance: Chance,
  differences: string[],
): Promise<number> {
  const pairs = copies.flatMap((after, index) => {
    const before = copies[index - 1];
    return before && after.broughtHome && !before.broughtHome ? [{ before, after }] : [];
  });
  if (pairs.length === 0) return 0;
  let bit = 0;
  for (let time = 0; time < times && differences.length < 5; time++) {
    const { before, after } = chance.one(pairs);
    const db = Buffer.from(after.db);
    for (let at = 0; at < db.length; at += SECTOR) {
      if (chance.next() < 0.5) continue;
      db.fill(0, at, at + SECTOR);
      before.db.subarray(at, at + SECTOR).copy(db, at);
    }
    if (!db.equals(after.db) && !db.equals(before.db)) bit++;
    const reopened = await reopen({ db, wal: after.wal }, newestOf(log));
    const { refused, events } = reopened;
    const owed = owes(after, Infinity);
    const holds = prefix(events, log);
    differences.push(...oddities(reopened).map((oddity) => `a checkpoint cut short: ${oddity}`));
    if (holds === undefined || holds < owed) {
      differences.push(
        `a checkpoint cut short: it holds ${holds} events and owes ${owed}. ${refused ?? ""}`,
      );
    }
  }
  return bit;
}
