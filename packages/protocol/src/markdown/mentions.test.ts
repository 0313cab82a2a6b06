import { expect, test } from "bun:test";
import { mentionsIn } from "./mentions.ts";

const usernames = (text: string) => mentionsIn(text).usernames;

test("[TEXT6] ids, usernames, @here and @room, in order and once", () => {
  expect(
    mentionsIn("@zoe, **<@u_2>** and <@u_1>: @room!\n> @Here @ada @ZOE <@u_2>\n- @b.c-d_e."),
  ).toEqual({ ids: ["u_2", "u_1"], usernames: ["zoe", "ada", "b.c-d_e"], here: true, room: true });
});

test("[TEXT6] a name ends with its word, and a stop belongs to the sentence", () => {
  expect(usernames("Ask @ada. Or @bob- (@eve) @kim's @dan: @joe… @sue-- _hi @pia_")).toEqual(
    "ada bob eve kim dan joe sue pia".split(" "),
  );
  expect(usernames("@pia_")).toEqual(["pia_"]);
  expect(usernames(`@${"a".repeat(32)} @${"b".repeat(33)} @c`)).toEqual(["a".repeat(32)]);
});

test("[TEXT6] e-mail addresses, addresses, names of elsewhere and code call nobody", () => {
  for (const text of [
    "ada@example.org",
    "é@bob é@bob e\u0301@bob 字@bob 𝒜@bob",
    "@ada@example.org",
    "@adaé @ada\u0301",
    "https://a.example/@ada a.example/@ada",
    "`@ada <@u_1> @room`",
    "```\n@ada @here\n```",
    "> ```\n> <@u_1>\n> ```",
    "\\@ada \\<@u_1>",
    "<@> <@u 1> <@u_1",
    `<@${"a".repeat(65)}>`,
    "@@ada @here@room",
    "[x](mailto:a@b.example)",
    "@",
    "nobody",
  ])
    expect([text, mentionsIn(text)]).toEqual([
      text,
      { ids: [], usernames: [], here: false, room: false },
    ]);
});
