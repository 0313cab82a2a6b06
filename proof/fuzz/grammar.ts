import type { Chance } from "../chance.ts";

// Inputs that are almost right: whoever throws bytes alone is refused at the first of them.

const WORDS = "general c-1 hello post read owner public current me -".split(" ");
const KEYS =
  "type ref room after clientId text token name username password currentPassword avatar kind topic with ttl capacity archived role invite claim can uses limit by seq at q".split(
    " ",
  );
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

/** What a client sends on a socket, as text: a command or `hello`, almost. */
export function oddCommand(chance: Chance, token: string): string {
  const room = chance.whole(0, 3) > 0 ? "general" : chance.one(["nowhere", "GENERAL", "", "a b"]);
  const command = chance.one<Record<string, unknown>>([
    { type: "ping" },
    { type: "open-room", room, after: oddCursor(chance) },
    { type: "open-room", room },
    { type: "close-room", room },
    { type: "post-message", room, clientId: `f-${chance.whole(0, 99)}`, text: "fuzz" },
    { type: "post-message", room, clientId: oddText(chance), text: oddText(chance) },
  ]);
  const dice = chance.whole(0, 29);
  // A frame without a usable ref is the last one of its socket.
  if (dice === 0) return oddValue(chance);
  if (dice === 1) return oddObject(chance, { type: "hello", token });
  const ref = dice === 2 ? chance.one(["", "x".repeat(65), null, 1.5, [1]]) : dice;
  if (dice < 10) return JSON.stringify({ ref, ...command });
  return oddObject(chance, command)
    .replace(/^\{/, `{"ref":${JSON.stringify(ref)},`)
    .replace(/,\}$/, "}");
}

/** Bodies of the HTTP door as they should be, by the call that takes them. */
export const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "POST /v1/guests": { name: "Fuzz" },
  "POST /v1/accounts": { username: "fuzz", password: "short", name: "Fuzz" },
  "POST /v1/sessions": { username: "fuzz", password: "" },
  "PATCH /v1/me": { name: "Fuzz", avatar: "F" },
  "POST /v1/rooms": {
    kind: "private",
    name: "Fuzz",
    topic: "t",
    ttl: 60,
    capacity: 3,
    with: ["u"],
  },
  "PATCH /v1/rooms/general": { name: "Fuzz", topic: "t", capacity: null, archived: false },
  "PUT /v1/rooms/general/members/me": { invite: "i" },
  "PUT /v1/rooms/general/members/u_x": { role: "member" },
  "PATCH /v1/rooms/general/members/u_x": { role: "reader" },
  "POST /v1/rooms/general/invites": { can: "post", uses: 1, ttl: 60 },
  "POST /v1/tokens": { room: "general", can: "read", ttl: 60 },
  "POST /v1/rooms/general/messages": { clientId: "f", text: "fuzz" },
};
