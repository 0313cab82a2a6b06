import {
  asked,
  BINARY,
  chopped,
  CLOSE,
  close,
  CONTINUATION,
  fragments,
  frame,
  PING,
  PONG,
  TEXT,
  text,
} from "./frame.ts";

/** One thing that a client does, and what RFC 6455 and docs/protocol.md have the server do. */
export interface Case {
  /** Group and name, "3 reserved bits 5 on a ping": unique. */
  readonly name: string;
  /** A number: goes on when the transcript has so many lines. */
  readonly send: readonly (Buffer | number)[];
  /** The transcript of the raw socket. */
  readonly expected: readonly string[];
  /** Where this server is known not to do as expected: what it does, and why that is. */
  readonly deviates?: { readonly sees: readonly string[]; readonly why: string };
}

// The groups are those of the Autobahn test suite; the cases are our own.
const cases: Case[] = [];
const END = text(asked("end"));

/** The connection lives on: the last message is answered, and the closing handshake is done. */
function goesOn(name: string, send: readonly Buffer[], expected: readonly string[]): void {
  cases.push({
    name,
    // What a client still waits for when it closes may stay away.
    send: [...send, END, expected.length + 1, close(1000)],
    expected: [...expected, "reply end", "close 1000"],
  });
}

/** The connection is closed with this code; what comes after the fault is not answered. */
function fails(name: string, send: readonly Buffer[], code: number, before: string[] = []): void {
  const last = send.at(-1) ?? Buffer.alloc(0);
  cases.push({
    name,
    // The last two in one write: a reset must not overtake the close frame.
    send: [...send.slice(0, -1), before.length, Buffer.concat([last, END])],
    expected: [...before, `close ${code}`],
  });
}

/** A message of exactly so many bytes that is answered as `ref`. */
function sized(bytes: number, ref: string): string {
  const envelope = asked(ref).length + ',"x":""'.length;
  return `{"type":"ping","ref":"${ref}","x":"${"x".repeat(bytes - envelope)}"}`;
}

const LIMIT = 65_536;

// 1: framing.
for (const size of [125, 126, 127, 128, 1_024, 65_535, LIMIT]) {
  const message = text(sized(size, "a"));
  goesOn(`1 text of ${size} bytes`, [message], ["reply a"]);
  const step = size > 1_024 ? 997 : 1;
  goesOn(`1 text of ${size} bytes, ${step} at a time`, chopped(message, step), ["reply a"]);
}
fails("1 text of no bytes", [text("")], 4400);
for (const size of [0, 1, 125, 126, 127, 65_535, LIMIT])
  fails(`1 binary of ${size} bytes`, [frame(BINARY, Buffer.alloc(size, 0xfe))], 4400);
fails("1 text that is no JSON", [text("Hello")], 4400);
for (const [name, mask] of [
  ["zeros", "00000000"],
  ["ones", "ffffffff"],
  ["four bytes alike", "2a2a2a2a"],
  ["the bytes of a brace", "7b000000"],
])
  goesOn(
    `1 a mask of ${name}`,
    [text(asked("a"), { mask: Buffer.from(mask ?? "", "hex") })],
    ["reply a"],
  );
for (const opcode of [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG])
  for (const payload of ["", asked("a")])
    fails(
      `1 opcode ${opcode} with ${payload.length} bytes, not masked`,
      [frame(opcode, payload, { mask: null })],
      1002,
    );
// Section 5.2: "the minimal number of bytes MUST be used to encode the length".
for (const [lengthBytes, size] of [
  [2, 60],
  [2, 125],
  [8, 60],
  [8, 125],
  [8, 126],
  [8, 65_535],
] as const) {
  cases.push({
    name: `1 a length of ${size} in ${lengthBytes} bytes`,
    send: [text(sized(size, "a"), { lengthBytes }), END, 2, close(1000)],
    expected: ["close 1002"],
    deviates: {
      sees: ["reply a", "reply end", "close 1000"],
      why: "Bun takes a length in more bytes than it needs",
    },
  });
}
goesOn(
  "1 two messages in one write",
  [Buffer.concat([text(asked("a")), text(asked("b"))])],
  ["reply a", "reply b"],
);
goesOn(
  "1 a hundred messages in one write",
  [Buffer.concat(Array.from({ length: 100 }, (_, index) => text(asked(`${index}`))))],
  Array.from({ length: 100 }, (_, index) => `reply ${index}`),
);

// 2: pings and pongs.
for (const size of [0, 1, 2, 64, 124, 125]) {
  const payload = Buffer.alloc(size, 0xfe);
  goesOn(`2 ping of ${size} bytes`, [frame(PING, payload)], [`pong ${payload.toString("hex")}`]);
  goesOn(`2 ping of ${size} bytes, one at a time`, chopped(frame(PING, payload), 1), [
    `pong ${payload.toString("hex")}`,
  ]);
  goesOn(`2 pong of ${size} bytes that nobody asked for`, [frame(PONG, payload)], []);
}
for (const size of [126, 127, 1_000, 65_535])
  for (const opcode of [PING, PONG])
    fails(`2 opcode ${opcode} of ${size} bytes`, [frame(opcode, Buffer.alloc(size))], 1002);
goesOn("2 pong, then ping", [frame(PONG, "a"), frame(PING, "b")], ["pong 62"]);
for (const [name, cut] of [
  ["in ten writes", (all: Buffer[]) => all],
  ["in one write", (all: Buffer[]) => [Buffer.concat(all)]],
  ["a byte at a time", (all: Buffer[]) => chopped(Buffer.concat(all), 1)],
] as const)
  goesOn(
    `2 ten pings ${name}`,
    cut(Array.from({ length: 10 }, (_, index) => frame(PING, `${index}`))),
    Array.from({ length: 10 }, (_, index) => `pong ${Buffer.from(`${index}`).toString("hex")}`),
  );

// 3: reserved bits.
for (let reserved = 1; reserved < 8; reserved++)
  for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG])
    fails(
      `3 reserved bits ${reserved} on opcode ${opcode}`,
      [text(asked("a")), frame(opcode, opcode === TEXT ? asked("b") : "", { reserved })],
      1002,
      ["reply a"],
    );
for (const reserved of [1, 2, 4])
  fails(
    `3 reserved bits ${reserved} on a continuation`,
    [text('{"type":"ping",', { fin: false }), frame(CONTINUATION, '"ref":"a"}', { reserved })],
    1002,
  );

// 4: reserved opcodes.
for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  fails(`4 opcode ${opcode}`, [frame(opcode)], 1002);
  fails(
    `4 opcode ${opcode} with a payload, after a message`,
    [text(asked("a")), frame(opcode, asked("b"))],
    1002,
    ["reply a"],
  );
}

// 5: fragmentation.
const first = text('{"type":"ping",', { fin: false });
const last = frame(CONTINUATION, '"ref":"a"}');
for (const size of [1, 2, 7, 16])
  goesOn(`5 text in fragments of ${size} bytes`, fragments(TEXT, asked("a"), size), ["reply a"]);
goesOn("5 text in two fragments, one write", [Buffer.concat([first, last])], ["reply a"]);
goesOn("5 text in two fragments, a byte at a time", chopped(Buffer.concat([first, last]), 1), [
  "reply a",
]);
for (const opcode of [PING, PONG, CLOSE])
  fails(`5 opcode ${opcode} as a fragment`, [frame(opcode, "", { fin: false })], 1002);
for (const opcode of [PING, PONG])
  fails(
    `5 opcode ${opcode} in two fragments`,
    [frame(opcode, "a", { fin: false }), frame(CONTINUATION, "b")],
    1002,
  );
goesOn("5 a ping between fragments", [first, frame(PING, "p"), last], ["pong 70", "reply a"]);
goesOn("5 a pong between fragments", [first, frame(PONG, "p"), last], ["reply a"]);
goesOn(
  "5 a ping between all fragments of a byte",
  fragments(TEXT, asked("a"), 1).flatMap((each) => [frame(PING, "p"), each]),
  [...Array.from({ length: asked("a").length }, () => "pong 70"), "reply a"],
);
goesOn(
  "5 a ping between fragments, in one write",
  [Buffer.concat([first, frame(PING, "p"), last])],
  ["pong 70", "reply a"],
);
goesOn(
  "5 an empty first fragment",
  [text("", { fin: false }), frame(CONTINUATION, asked("a"))],
  ["reply a"],
);
goesOn(
  "5 an empty last fragment",
  [text(asked("a"), { fin: false }), frame(CONTINUATION)],
  ["reply a"],
);
goesOn(
  "5 empty fragments between",
  [first, ...Array.from({ length: 20 }, () => frame(CONTINUATION, "", { fin: false })), last],
  ["reply a"],
);
fails(
  "5 three empty fragments",
  [text("", { fin: false }), frame(CONTINUATION, "", { fin: false }), frame(CONTINUATION)],
  4400,
);
for (const fin of [true, false])
  for (const payload of ["", asked("a")]) {
    const what = `a continuation of nothing, ${fin ? "the last" : "more to come"}, ${payload.length} bytes`;
    fails(`5 ${what}`, [frame(CONTINUATION, payload, { fin })], 1002);
    fails(
      `5 after a message, ${what}`,
      [text(asked("a")), frame(CONTINUATION, payload, { fin })],
      1002,
      ["reply a"],
    );
    fails(
      `5 after a message in fragments, ${what}`,
      [first, last, frame(CONTINUATION, payload, { fin })],
      1002,
      ["reply a"],
    );
  }
for (const opcode of [TEXT, BINARY])
  for (const fin of [true, false])
    fails(
      `5 opcode ${opcode} within a message, ${fin ? "whole" : "a fragment"}`,
      [first, frame(opcode, asked("b"), { fin })],
      1002,
    );
fails("5 binary in fragments", fragments(BINARY, "abcdef", 2), 4400);

// 6: UTF-8.
const sound: Record<string, string> = {
  "Greek and Latin": "Hello-µ@ßöäüàá-UTF-8!!",
  κόσμε: "κόσμε",
  "U+007F": "\u007f",
  "U+0080": "\u0080",
  "U+07FF": "\u07ff",
  "U+0800": "\u0800",
  "U+D7FF": "\ud7ff",
  "U+E000": "\ue000",
  "U+FFFD": "\ufffd",
  "U+FFFE": "\ufffe",
  "U+FFFF": "\uffff",
  "U+FEFF": "\ufeff",
  "U+10000": "\u{10000}",
  "U+1FFFE": "\u{1fffe}",
  "U+10FFFF": "\u{10ffff}",
  "U+2028": "\u2028",
  "a family": "👨‍👩‍👧",
};
for (const [name, ref] of Object.entries(sound)) {
  goesOn(`6 ${name}`, [text(asked(ref))], [`reply ${ref}`]);
  goesOn(`6 ${name} in fragments of a byte`, fragments(TEXT, asked(ref), 1), [`reply ${ref}`]);
}
const unsound: Record<string, string> = {
  "a lone continuation 80": "80",
  "a lone continuation BF": "bf",
  "two continuations": "80bf",
  FE: "fe",
  FF: "ff",
  "FE FE FF FF": "fefeffff",
  "C0, overlong": "c0af",
  "C1, overlong": "c1bf",
  "E0 80, overlong": "e080af",
  "E0 9F, overlong": "e09fbf",
  "F0 80, overlong": "f08080af",
  "F0 8F, overlong": "f08fbfbf",
  "F8, five bytes": "f888808080",
  "FC, six bytes": "fc8480808080",
  "U+D800": "eda080",
  "U+DBFF": "edafbf",
  "U+DC00": "edb080",
  "U+DFFF": "edbfbf",
  "a pair of surrogates": "eda080edb080",
  "U+110000": "f4908080",
  F5: "f5808080",
  "two of three bytes": "e282",
  "one of two bytes": "c3",
  "three of four bytes": "f09f98",
  "two of three, then a letter": "e28241",
  "κόσμε and a surrogate": "cebae1bdb9cf83cebcceb5eda080656469746564",
};
for (const [name, hex] of Object.entries(unsound)) {
  const message = Buffer.concat([
    Buffer.from('{"type":"ping","ref":"'),
    Buffer.from(hex, "hex"),
    Buffer.from('"}'),
  ]);
  fails(`6 ${name}`, [text(message)], 1007);
  fails(`6 ${name} in fragments of a byte`, fragments(TEXT, message, 1), 1007);
}
for (const at of [1, 2, 3])
  fails(
    `6 a message that ends after ${at} of four bytes`,
    [text(Buffer.from("😀").subarray(0, at))],
    1007,
  );

// 7: closing.
const closes = (name: string, send: readonly Buffer[], expected: readonly string[]) =>
  cases.push({ name, send, expected });
closes("7 close without a code", [close()], ["close"]);
closes("7 close with a reason", [close(1000, "done")], ["close 1000"]);
closes("7 close with a reason of 123 bytes", [close(1000, "x".repeat(123))], ["close 1000"]);
closes("7 close with a reason in Greek", [close(1000, "κόσμε")], ["close 1000"]);
closes("7 close a byte at a time", chopped(close(1000, "done"), 1), ["close 1000"]);
fails("7 close with a reason of 124 bytes", [close(1000, "x".repeat(124))], 1002);
fails("7 close with one byte", [frame(CLOSE, Buffer.from([3]))], 1002);
fails("7 close with a fragment's bit", [frame(CLOSE, Buffer.from([3, 232]), { fin: false })], 1002);
for (const [name, hex] of Object.entries(unsound).slice(0, 12))
  fails(`7 close with a reason of ${name}`, [close(1000, Buffer.from(hex, "hex"))], 1007);
for (const code of [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4400,
  4999,
])
  closes(`7 close with ${code}`, [close(code)], [`close ${code}`]);
for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
  fails(`7 close with ${code}`, [close(code)], 1002);
closes("7 a message after close", [Buffer.concat([close(1000), text(asked("a"))])], ["close 1000"]);
closes("7 a ping after close", [Buffer.concat([close(1000), frame(PING, "p")])], ["close 1000"]);
closes("7 two closes", [Buffer.concat([close(1000), close(1001)])], ["close 1000"]);
cases.push({
  name: "7 a message, then close",
  send: [text(asked("a")), 1, close(1001)],
  expected: ["reply a", "close 1001"],
});
closes("7 close in the middle of a message", [first, close(1000)], ["close 1000"]);
closes(
  "7 close in the middle of a message that goes on",
  [Buffer.concat([first, close(1000), last])],
  ["close 1000"],
);

// 9: limits.
for (const [name, size] of [
  ["one byte too many", 65_537n],
  ["100 MiB", 104_857_600n],
  ["4 GiB", 4_294_967_296n],
  ["2^53", 9_007_199_254_740_992n],
  ["2^63 - 1", 9_223_372_036_854_775_807n],
] as const)
  for (const opcode of [TEXT, BINARY])
    fails(
      `9 opcode ${opcode} that announces ${name}`,
      [frame(opcode, "", { announces: size })],
      1009,
    );
fails(
  "9 a length with its highest bit set",
  [frame(TEXT, "", { announces: 0xffff_ffff_ffff_ffffn })],
  1009,
);
fails(
  "9 a continuation that announces 100 MiB",
  [first, frame(CONTINUATION, "", { announces: 104_857_600n })],
  1009,
);
for (const size of [1_024, 8_192, 30_000])
  goesOn(`9 text of 64 KiB in fragments of ${size}`, fragments(TEXT, sized(LIMIT, "a"), size), [
    "reply a",
  ]);
for (const size of [1_024, 8_192, 60_000, LIMIT])
  fails(
    `9 text of 64 KiB and a byte in fragments of ${size}`,
    fragments(TEXT, sized(LIMIT + 1, "a"), size),
    1009,
  );
goesOn(
  "9 text of 64 KiB in fragments of a byte",
  [Buffer.concat(fragments(TEXT, sized(LIMIT, "a"), 1))],
  ["reply a"],
);
fails(
  "9 text of 64 KiB and a byte in fragments of a byte",
  [Buffer.concat(fragments(TEXT, sized(LIMIT + 1, "a"), 1))],
  1009,
);
goesOn(
  "9 a hundred thousand empty fragments",
  [
    first,
    Buffer.concat(Array.from({ length: 100_000 }, () => frame(CONTINUATION, "", { fin: false }))),
    last,
  ],
  ["reply a"],
);
goesOn(
  "9 a thousand pings in one write",
  [Buffer.concat(Array.from({ length: 1_000 }, () => frame(PING, "p")))],
  Array.from({ length: 1_000 }, () => "pong 70"),
);

// 10: pieces of the network's own making.
for (const step of [1_300, 4_096, 16_384])
  goesOn(
    `10 text of 64 KiB in fragments of 1,300, ${step} bytes at a time`,
    chopped(Buffer.concat(fragments(TEXT, sized(LIMIT, "a"), 1_300)), step),
    ["reply a"],
  );

export const table: readonly Case[] = cases;
