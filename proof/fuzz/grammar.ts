import { commands } from "../../packages/protocol/src/index.ts";
import type { Chance } from "../chance.ts";

// Inputs that are almost right: whoever throws bytes alone is refused at the first of them.

/** Who throws: their token, and the number of a message of theirs. */
export interface Thrower {
  readonly token: string;
  readonly seq: number;
}

/** What a field should be, by its name; a schema with any other cannot be thrown at. */
const RIGHT: Readonly<Record<string, (chance: Chance, by: Thrower) => unknown>> = {
  after: oddCursor,
  archived: () => false,
  avatar: () => "F",
  away: (chance) => chance.one([true, false]),
  back: (chance) => chance.one([true, false]),
  can: (chance) => chance.one(["read", "post"]),
  capacity: (chance) => chance.one([null, 3]),
  claim: () => "c",
  clientId: (chance) => `f-${chance.whole(0, 99)}`,
  currentPassword: () => "",
  emoji: (chance) => chance.one(["👍", "🇫🇷"]),
  files: (chance) => chance.one([[], ["f"], ["f", "g"]]),
  invite: () => "i",
  kind: (chance) => chance.one(["public", "private", "direct", "ephemeral"]),
  level: (chance) => chance.one(["all", "mentions", "none"]),
  name: () => "Fuzz",
  password: () => "",
  presence: (chance) => chance.one(["auto", "busy", "invisible"]),
  receipts: (chance) => chance.one([true, false]),
  replyTo: place,
  role: (chance) => chance.one(["member", "reader"]),
  room: () => "general",
  seq: place,
  text: (chance) => chance.one(["fuzz", "Look, @room", "`fuzz` <@u>"]),
  thread: place,
  token: () => "t",
  topic: () => "t",
  ttl: () => 60,
  type: () => "hello",
  username: () => "fuzz",
  uses: () => 1,
  with: () => ["u"],
};

/** The number of a message of one's own, or of whatever it may be. */
export function place(chance: Chance, { seq }: Thrower): number {
  return chance.one([seq, 1, chance.whole(1, 500)]);
}

const WORDS = "general c-1 hello post read owner public current me -".split(" ");
const KEYS = [...Object.keys(RIGHT), ..."ref limit by at q".split(" ")];
const POISON = "__proto__ constructor prototype toString hasOwnProperty then".split(" ");
const ODD = ["\0", "\ud800", "\udfff", "\ufeff", "\u202e", "\u2028", "😀", "e\u0301", "\u200b"];
const NUMBERS =
  "0 -0 -1 1.5 1e400 -1e400 1e-400 9007199254740991 9007199254740992 123456789012345678901234567890 0.1e1 1E+2 2147483648 NaN Infinity 0x10".split(
    " ",
  );

export function oddText(chance: Chance): string {
  switch (chance.whole(0, 7)) {
    case 0:
      return chance.one(WORDS);
    case 1:
      return chance.one(POISON);
    case 2:
      return oddCursor(chance);
    case 3:
      return chance.one(ODD).repeat(chance.whole(1, 80));
    case 4:
      return "x".repeat(chance.one([63, 64, 65, 1_000, 1_001, 16_384, 16_385]));
    case 5:
      return Array.from({ length: chance.whole(0, 12) }, () =>
        String.fromCharCode(chance.whole(0, 0xffff)),
      ).join("");
    case 6:
      return chance.one(WORDS) + chance.one(ODD);
    default:
      return "";
  }
}

/** What somebody might search for, and what no one would. */
export function oddSearch(chance: Chance): string {
  const operator = () => chance.one(["", "", "-", "from:", "in:", "before:", "after:", "FROM:"]);
  const word = () =>
    chance.one([oddText(chance), "tea", '"black tea', '"a b"', "2026-01", "2026-13-41", ".*", "*"]);
  return Array.from({ length: chance.whole(1, 6) }, () => operator() + word()).join(" ");
}

export function oddCursor(chance: Chance): string {
  const part = () =>
    chance.one([
      "",
      "-",
      "k7f3",
      "0",
      "1",
      "01",
      "-1",
      "9007199254740992",
      "é",
      "a b",
      "x".repeat(65),
    ]);
  return Array.from({ length: chance.whole(1, 5) }, part).join(
    chance.one([".", ".", ".", ",", ""]),
  );
}

/** The JSON text of some value; now and then of none. */
export function oddValue(chance: Chance, depth = 0): string {
  switch (chance.whole(0, depth > 3 ? 4 : 8)) {
    case 0:
      return chance.one(["null", "true", "false", "undefined", "tru"]);
    case 1:
      return chance.one(NUMBERS);
    case 2:
    case 3:
      return oddString(chance);
    case 4:
      return String(chance.whole(0, 1_000));
    case 5: {
      const many = chance.whole(0, 4);
      return `[${Array.from({ length: many }, () => oddValue(chance, depth + 1)).join(",")}]`;
    }
    case 6: {
      const deep = chance.one([3, 60, 2_000]);
      return "[".repeat(deep) + "]".repeat(chance.whole(0, 20) === 0 ? deep - 1 : deep);
    }
    default:
      return oddObject(chance, {}, depth + 1);
  }
}

function oddString(chance: Chance): string {
  const json = JSON.stringify(oddText(chance));
  switch (chance.whole(0, 9)) {
    case 0:
      return json.slice(0, -1);
    case 1:
      return json.replace('"', '"\\ud83d');
    case 2:
      return json.replace('"', `"${chance.one(["\\x", "\\u12", "\n", "\t", "\\"])}`);
    default:
      return json;
  }
}

/** An object of these fields, some of which are another value, twice there, or missing. */
export function oddObject(
  chance: Chance,
  fields: Readonly<Record<string, unknown>>,
  depth = 0,
): string {
  const members: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    const dice = chance.whole(0, 9);
    if (dice === 0) continue;
    const right = JSON.stringify(value);
    members.push(`${JSON.stringify(key)}:${dice < 4 ? oddValue(chance, depth + 1) : right}`);
    if (dice === 9) members.push(`${JSON.stringify(key)}:${oddValue(chance, depth + 1)}`);
  }
  for (let more = chance.whole(0, 3); more > 0; more--) {
    const key = chance.one([...KEYS, ...POISON, oddText(chance)]);
    const poison = chance.whole(0, 3) === 0 ? '{"polluted":true}' : oddValue(chance, depth + 1);
    members.push(`${JSON.stringify(key)}:${poison}`);
  }
  return `{${chance.shuffle(members).join(",")}}`;
}

/** Bytes, some of them flipped, gone, doubled or cut off. */
export function mutated(chance: Chance, bytes: Uint8Array): Buffer {
  let all = Buffer.from(bytes);
  for (let times = chance.whole(1, 4); times > 0 && all.length > 0; times--) {
    const at = chance.whole(0, all.length - 1);
    switch (chance.whole(0, 4)) {
      case 0:
        all[at] = chance.whole(0, 255);
        break;
      case 1:
        all = Buffer.concat([all.subarray(0, at), all.subarray(at + chance.whole(1, 4))]);
        break;
      case 2:
        all = Buffer.concat([all.subarray(0, at), noise(chance, 4), all.subarray(at)]);
        break;
      case 3:
        all = Buffer.concat([all, all.subarray(at)]).subarray(0, 200_000);
        break;
      default:
        all = all.subarray(0, at);
    }
  }
  return all;
}

export function noise(chance: Chance, most: number): Buffer {
  return Buffer.from(Array.from({ length: chance.whole(1, most) }, () => chance.whole(0, 255)));
}

/** An object that this schema takes, as far as that can be said of each field alone. */
export function rightFields(
  chance: Chance,
  by: Thrower,
  schema: object,
): Readonly<Record<string, unknown>> {
  const { entries = {} } = schema as { entries?: Readonly<Record<string, { type: string }>> };
  const names = Object.entries(entries)
    .filter(([, { type }]) => !type.endsWith("optional") || chance.whole(0, 1) === 0)
    .map(([name]) => name);
  return Object.fromEntries(
    names.map((name) => {
      const right = RIGHT[name];
      if (right === undefined) throw new Error(`the grammar has nothing for a field "${name}"`);
      return [name, right(chance, by)];
    }),
  );
}

/** What a client sends on a socket, as text: a command or `hello`, almost. */
export function oddCommand(chance: Chance, by: Thrower): string {
  const [type, schema] = chance.one(Object.entries(commands));
  const command: Record<string, unknown> = { type, ...rightFields(chance, by, schema) };
  if ("room" in command && chance.whole(0, 3) === 0)
    command["room"] = chance.one(["nowhere", "GENERAL", "", "a b"]);
  const dice = chance.whole(0, 29);
  // A frame without a usable ref is the last one of its socket.
  if (dice === 0) return oddValue(chance);
  if (dice === 1) return oddObject(chance, { type: "hello", token: by.token });
  const ref = dice === 2 ? chance.one(["", "x".repeat(65), null, 1.5, [1]]) : dice;
  if (dice < 20) return JSON.stringify({ ref, ...command });
  return oddObject(chance, command)
    .replace(/^\{/, `{"ref":${JSON.stringify(ref)},`)
    .replace(/,\}$/, "}");
}
