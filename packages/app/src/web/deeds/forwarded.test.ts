import { mentionsIn } from "@snug/protocol";
import type { Author } from "@snug/client";
import { expect, test } from "bun:test";
import { forwarded } from "./forwarded.ts";

test("what is forwarded names people and calls nobody", () => {
  const author = { id: "u_2", name: "Ada" } as Author;
  const nameOf = (id: string) => (id === "u_1" ? "Bob" : undefined);
  const text = forwarded(
    { text: "Hi <@u_1>\n@room", files: [], author },
    nameOf,
    "attic",
    "https://h/r/x/1",
  );
  expect(text).toBe("> Hi @\u2060Bob\n> @\u2060room\n\nAda in attic: https://h/r/x/1\n");
  expect(mentionsIn(text)).toEqual(mentionsIn(""));
});
