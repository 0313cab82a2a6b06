import { Chance } from "../replay/chance.ts";
import type { Fault } from "./fault.ts";
import { type Copy, record, type Recording } from "./recording.ts";
import { reopen, type Reopened } from "./reopen.ts";
import { figures } from "./scene.ts";
import { committedEnd } from "./wal.ts";

type Fate = "harmless" | "refused" | "told" | "cut short";

export const flip: Fault = {
  name: "flip",
  what: "one bit is flipped in the database or its write-ahead log",
  async strike(setting) {
    const [flips, bursts] = setting.long ? [500, 100] : [60, 40];
    const chance = new Chance(setting.seed);
    const recording = await record(setting, bursts);
    const { judged, log } = recording;
    const { atRest, inLog } = moments(recording);
    const differences = [...judged.differences];
    const fates: Record<Fate, number> = { harmless: 0, refused: 0, told: 0, "cut short": 0 };
    for (let time = 0; time < flips; time++) {
      const copy = time % 2 === 0 ? atRest : inLog;
      const { db, wal, where } = flipOne(copy, chance);
      const reopened = await reopen(db, wal);
      const held = Math.max(...copy.acks.map(({ seq }) => seq));
      const fate = fateOf(reopened, log.slice(0, held));
      if (typeof fate === "string") fates[fate]++;
      else differences.push(`${where}: ${fate.wrong}`);
    }
    const counted = Object.entries(fates).map(([fate, count]) => `${count} ${fate}`);
    return {
      ...figures(judged),
      done: flips,
      bit: flips,
      differences,
      note: counted.join(", "),
    };
  },
};

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
  { refused, events, differences }: Reopened,
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
  return events.length === log.length ? "harmless" : "cut short";
}
