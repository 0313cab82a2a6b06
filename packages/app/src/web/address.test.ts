import { expect, test } from "bun:test";
import { pathOf, readAddress } from "./address.ts";

const read = (address: string) => readAddress(new URL(address, "http://localhost"));

test("an address names its room; any other is that of general", () => {
  expect(read("/")).toEqual({ room: "general", seq: null, invite: null, claim: null });
  expect(read("/r/abc").room).toBe("abc");
  expect(read("/r/a%2Fb").room).toBe("a/b");
  expect(read("/r/%E0%A4%A").room).toBe("%E0%A4%A");
  for (const other of ["/r/", "/r/a/b", "/r/a/0", "/r/a/1/2", "/x"])
    expect(read(other).room).toBe("general");
});

test("an invite and a claim stand behind the #", () => {
  expect(read("/r/abc#invite=s3-_cret")).toEqual({
    room: "abc",
    seq: null,
    invite: "s3-_cret",
    claim: null,
  });
  expect(read("/#claim=word").claim).toBe("word");
  expect(read("/#invite=").invite).toBeNull();
});

test("a room's path leads back to it", () => {
  for (const room of ["general", "abc", "a/b ?#"]) expect(read(pathOf(room)).room).toBe(room);
  expect(pathOf("general")).toBe("/");
});

test("a message's path names its room and its number", () => {
  for (const room of ["general", "abc", "a/b ?#"])
    expect(read(pathOf(room, 17))).toMatchObject({ room, seq: 17 });
  expect(pathOf("general", 17)).toBe("/r/general/17");
});
