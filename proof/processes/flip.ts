import { Chance } from "../chance.ts";
import type { Fault } from "./fault.ts";
import { type Copy, record, type Recording } from "./recording.ts";
import { newestOf, reopen, type Reopened } from "./reopen.ts";
import { figures } from "./scene.ts";
import { committedEnd } from "./wal.ts";

/** All that a flip may lead to, for want of sums on SQLite's pages; never to a message that nobody sent. */
const FATES = {
  harmless: "harmless",
  refused: "the server said that its data is damaged",
  told: "an event was told as unreadable",
  short: "the log ended before it, and who had read on was told rewritten",
  forgot: "a message that is sent again would be stored anew, or refused as another",
};
type Fate = keyof typeof FATES;

export const flip: Fault = {
  name: "flip",
  what: "one bit is flipped on the disk: no wrong message is served",
  async strike(setting) {
    const [flips, bursts] = setting.long ? [500, 100] : [40, 20];
    const chance = new Chance(setting.seed);
    const recording = await record(setting, bursts);
    const { judged, log } = recording;
    const { atRest, inLog } = moments(recording);
    const differences = [...judged.differences];
    const fates = { database: noFates(), log: noFates() };
    for (let time = 0; time < flips; time++) {
      const copy = time % 2 === 0 ? atRest : inLog;
      const { db, wal, where } = flipOne(copy, chance);
      const held = log.slice(0, Math.max(...copy.acks.map(({ seq }) => seq)));
      const reopened = await reopen({ db, wal }, newestOf(held));
      const fate = fateOf(reopened, held);
      if (typeof fate === "string") fates[copy === atRest ? "database" : "log"][fate]++;
      else differences.push(`${where}: ${fate.wrong}`);
    }
    return {
      ...figures(judged),
      done: flips,
      bit: flips,
      differences,
      note: `in the database: ${inWords(fates.database)}; in its write-ahead log: ${inWords(fates.log)}`,
    };
  },
};

const noFates = (): Record<Fate, number> => ({
  harmless: 0,
  refused: 0,
  told: 0,
  short: 0,
  forgot: 0,
});

function inWords(fates: Record<Fate, number>): string {
  const met = Object.entries(FATES).map(([fate, words]) => ({ count: fates[fate as Fate], words }));
  return met.flatMap(({ count, words }) => (count > 0 ? `${count} × ${words}` : [])).join(", ");
}

/** All in the database and nothing in its log; and as much in the log as there ever is. */
function moments({ copies }: Recording): { atRest: Copy; inLog: Copy } {
  const home = copies.findIndex(({ broughtHome }) => broughtHome);
  const [atRest, inLog] = [copies[home], copies[home - 1]];
  if (!atRest || !inLog) throw new Error("the log was never brought home");
  return { atRest: { ...atRest, wal: Buffer.alloc(0) }, inLog };
}

function flipOne(copy: Copy, chance: Chance) {
  const [db, wal] = [Buffer.from(copy.db), Buffer.from(copy.wal)];
  const file = wal.length > 0 ? wal : db;
  const at = chance.whole(0, (wal.length > 0 ? committedEnd(wal) : db.length) - 1);
  const bit = chance.whole(0, 7);
  file[at] = (file[at] ?? 0) ^ (1 << bit);
  return { db, wal, where: `bit ${bit} of byte ${at} of the ${file === wal ? "log" : "database"}` };
}

/** What the flip led to, or in which way something wrong was served for right. */
function fateOf(
  { refused, events, differences, forgotten, toReader }: Reopened,
  log: readonly { seq: number; id: string; body: string }[],
): Fate | { wrong: string } {
  const told = events.filter(({ type }) => type === "event.unreadable");
  const wrong = events.filter(({ seq, id, body, type }) => {
    const truth = log[seq - 1];
    return type !== "event.unreadable" && (truth?.id !== id || truth.body !== body);
  });
  const [first] = wrong;
  if (first) return { wrong: `seq ${first.seq} was served as ${first.body.slice(0, 200)}` };
  if (refused !== undefined) return "refused";
  if (told.length > 0) return "told";
  if (events.some(({ seq }, index) => seq !== index + 1)) return { wrong: "a hole was served" };
  const [difference] = differences;
  if (difference !== undefined) return { wrong: difference };
  if (forgotten > 0) return "forgot";
  if (events.length === log.length) return "harmless";
  return toReader === "rewritten" || events.length === 0
    ? "short"
    : { wrong: `the log ended early, and its reader was told ${toReader}` };
}
