/** One thing said, `second` seconds after the log's first minute began. */
export interface Line {
  second: number;
  nick: string;
  text: string;
}

export class UnreadableLog extends Error {}

const MINUTES_A_DAY = 24 * 60;
const SAID = /^\[(\d\d):(\d\d)(?::\d\d)?\] +(?:<[@+ ]?([^\s>]{1,64})> ?(.*)|\* (\S{1,64}) ?(.*))$/;

/**
 * Reads `[HH:MM] <nick> text` and `[HH:MM]  * nick action`, with or without seconds and a
 * channel mode before the nick; `=== …` and `--- …` (joins, parts, days) and lines without words are passed over. Lines of one minute are spread evenly over it, midnight starts a new day.
 * Throws UnreadableLog for anything else.
 */
export function parseLog(log: string): Line[] {
  const said: { minute: number; nick: string; text: string }[] = [];
  let day = 0;
  let clock = -1;
  for (const [index, raw] of log.split(/\r?\n/).entries()) {
    if (raw.trim() === "" || /^(===|---)/.test(raw)) continue;
    const [, hours, minutes, nick, text, actor, action] = SAID.exec(raw) ?? [];
    const now = Number(hours) * 60 + Number(minutes);
    if (!(now < MINUTES_A_DAY)) {
      throw new UnreadableLog(`line ${index + 1} is not of the form "[HH:MM] <nick> text"`);
    }
    if (now < clock) day++;
    clock = now;
    const line = nick === undefined ? `* ${actor} ${action}` : (text ?? "");
    if (line.trim() === "") continue;
    said.push({ minute: day * MINUTES_A_DAY + now, nick: nick ?? actor ?? "", text: line });
  }
  return spread(said);
}

function spread(said: readonly { minute: number; nick: string; text: string }[]): Line[] {
  const inMinute = new Map<number, number>();
  for (const { minute } of said) inMinute.set(minute, (inMinute.get(minute) ?? 0) + 1);
  const first = said[0]?.minute ?? 0;
  const placed = new Map<number, number>();
  return said.map(({ minute, nick, text }) => {
    const place = placed.get(minute) ?? 0;
    placed.set(minute, place + 1);
    const within = (60 * place) / (inMinute.get(minute) ?? 1);
    return { second: (minute - first) * 60 + within, nick, text };
  });
}
