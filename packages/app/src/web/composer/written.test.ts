import { mentionsIn } from "@snug/protocol";
import { expect, test } from "bun:test";
import { replaceShortcodes } from "../emoji/data.ts";
import { pick, type Picked, toSent, toWritten } from "./written.ts";

const same = (text: string) => text;
const names: Record<string, string> = { u_1: "Al", u_2: "Bea", u_3: "Al" };
const nameOf = (id: string) => names[id];

test("whom no username calls is sent by id, and code is left alone", () => {
  const picked: Picked = new Map([
    ["@ada", "@ada"],
    ["@Bea", "<@u_2>"],
    ["@Ada", "<@u_3>"],
    ["@Ada Byron", "<@u_4>"],
  ]);
  const text = "@ada @Bea, @Ada Byron and @Ada :tada: `@Ada :tada:` ```\n:tada:\n```";
  const sent = toSent({ text, picked }, replaceShortcodes);
  expect(sent).toBe("@ada <@u_2>, <@u_4> and <@u_3> 🎉 `@Ada :tada:` ```\n:tada:\n```");
  expect(mentionsIn(sent)).toMatchObject({ ids: ["u_2", "u_4", "u_3"], usernames: ["ada"] });
});

test("a picked name is sent as an id where it is a word of its own", () => {
  const picked = new Map([["@Al", "<@u_1>"]]);
  const text = "@Al, **@Al** 👍@Al. @Alan, x@Al.com https://h/@Al @Al2";
  expect(toSent({ text, picked }, same)).toBe(
    "<@u_1>, **<@u_1>** 👍<@u_1>. @Alan, x@Al.com https://h/@Al @Al2",
  );
  const odd = new Map([["@A.l (x) $&", "<@u_1>"]]);
  expect(toSent({ text: "@A.l (x) $& @Aol", picked: odd }, same)).toBe("<@u_1> @Aol");
});

test("two of one name are told apart, whether picked or written", () => {
  const first = pick("@Al", "<@u_1>", ["", ""], new Map());
  expect(first.name).toBe("@Al");
  const again = pick("@Al", "<@u_1>", ["@Al ", ""], first.picked);
  expect(again.name).toBe("@Al");
  const second = pick("@Al", "<@u_3>", ["@Al and ", ""], first.picked);
  expect(second.name).toBe("@Al (2)");
  expect(toSent({ text: "@Al and @Al (2)", picked: second.picked }, same)).toBe(
    "<@u_1> and <@u_3>",
  );
  // The first is not there any more.
  expect(pick("@Al", "<@u_3>", ["so ", ""], first.picked)).toEqual({
    name: "@Al",
    picked: new Map([["@Al", "<@u_3>"]]),
  });
  // Typed by hand it calls the account of that name.
  expect(pick("@ada", "<@u_9>", ["@ada and ", ""], new Map()).name).toBe("@ada (2)");
});

test("what was sent is written with names, and goes out as it was", () => {
  for (const [sent, text] of [
    ["hi <@u_2>, `<@u_2>`", "hi @Bea, `<@u_2>`"],
    ["<@u_1> <@u_3> <@u_1>", "@Al @Al (2) @Al"],
    ["@Bea <@u_2>", "@Bea @Bea (2)"],
    ["<@u_7> <@u_8>", "@somebody @somebody (2)"],
    ["<@ada> no", "@somebody no"],
    ["< @u_1> <@>", "< @u_1> <@>"],
  ] as const) {
    const written = toWritten(sent, nameOf);
    expect(written.text).toBe(text);
    expect(toSent(written, same)).toBe(sent);
  }
});
