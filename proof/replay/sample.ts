import { Chance } from "../chance.ts";

const SAMPLE = new URL("./sample.txt", import.meta.url);
const TALKS = 3;
const SAID = /^\[\d\d:\d\d\] (?:<(\S+)> (.*)| \* (\S+) (.*))$/;
const BOTS = ["spokebot", "weatherbot"];
const MORE_PEOPLE =
  "juniper Sorrel wick ottoline_ Rafe teasel|mobile moth Ines_ boro gull ^kit^ Wren peat yarrow[m] Elod Tamsin2 ash-o dag Fenn umber`".split(
    " ",
  );

/**
 * The sample conversation drawn out to `count` lines, as a log: several talks at once walk through it,
 * each from another place and with other people, with typing slips, through quiet and busy minutes.
 */
export async function drawOutSample(seed: number, count: number): Promise<string> {
  const sample = (await Bun.file(SAMPLE).text()).split("\n");
  const chance = new Chance(seed);
  const talks = Array.from({ length: TALKS }, () => new Talk(sample, chance));
  const lines: string[] = [];
  let minute = 18 * 60;
  while (lines.length < count) {
    const busy = Math.min(count - lines.length, chance.whole(1, 40));
    for (let line = 0; line < busy; line++)
      lines.push(`[${clock(minute)}] ${chance.one(talks).next()}`);
    minute += chance.next() < 0.9 ? 1 : chance.whole(2, 4);
  }
  return lines.join("\n");
}

/** One walk through the sample by a cast of its own. */
class Talk {
  readonly #said: { nick: string; text: string; action: boolean }[];
  readonly #chance: Chance;
  #place: number;
  #cast = new Map<string, string>();

  constructor(sample: readonly string[], chance: Chance) {
    this.#said = sample.flatMap((raw) => {
      const [, nick, text, actor, action] = SAID.exec(raw) ?? [];
      if (nick !== undefined && text !== undefined) return { nick, text, action: false };
      return actor !== undefined && action !== undefined
        ? { nick: actor, text: action, action: true }
        : [];
    });
    this.#chance = chance;
    this.#place = chance.whole(0, this.#said.length - 1);
    this.#recast();
  }

  next(): string {
    const line = this.#said[this.#place];
    if (!line) throw new Error("the sample is empty");
    this.#place = (this.#place + 1) % this.#said.length;
    const nick = this.#cast.get(line.nick) ?? line.nick;
    const text = this.#slip(this.#rename(line.text));
    if (this.#place === 0) this.#recast();
    return line.action ? ` * ${nick} ${text}` : `<${nick}> ${text}`;
  }

  #recast(): void {
    const people = [...new Set(this.#said.map(({ nick }) => nick))].filter(
      (nick) => !BOTS.includes(nick),
    );
    const cast = this.#chance.shuffle([...people, ...MORE_PEOPLE]);
    this.#cast = new Map(people.map((nick, index) => [nick, cast[index] ?? nick]));
  }

  #rename(text: string): string {
    return text.replace(/[^\s:,!]+/g, (word) => this.#cast.get(word) ?? word);
  }

  #slip(text: string): string {
    if (this.#chance.next() > 0.08) return text;
    const word = this.#chance.one(text.split(" "));
    if (!/^[a-z]{4,}$/.test(word))
      return `${text} ${this.#chance.one(["lol", ":)", "...", "??", "🚲", " "])}`;
    const at = this.#chance.whole(1, word.length - 2);
    const slipped = word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
    return text.replace(word, () => slipped);
  }
}

function clock(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}
