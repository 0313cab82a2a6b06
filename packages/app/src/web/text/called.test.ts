import { parseMarkdown } from "@snug/protocol";
import { expect, test } from "bun:test";
import { isCalled } from "./called.ts";

const usernameOf = (id: string) => ({ u_1: "Ada" })[id];

test("what names nobody in the room is no mention", () => {
  const [block] = parseMarkdown("<@u_1><@u_9> @ada @nobody @room");
  const all = block?.type === "paragraph" ? block.children : [];
  const drawn = (called: readonly string[] | null) =>
    all.flatMap((node) => (node.type === "mention" ? [isCalled(node, called, usernameOf)] : []));
  expect(drawn(["u_1", "u_2", "@room"])).toEqual([true, false, true, false, true]);
  expect(drawn([])).toEqual([false, false, false, false, true]);
  // What waits to be sent, or was said before an edit.
  expect(drawn(null)).toEqual([true, true, true, true, true]);
});
