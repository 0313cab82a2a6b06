import { expect, test } from "bun:test";
import fc from "fast-check";
import { check } from "./check.ts";
import { GENERAL, RoomId, Seq } from "./id.ts";
import { ID_PATTERN } from "./plain-text.ts";
import { limits } from "./limit.ts";

test("[ROOM5] an id is 1 to 64 of A-Z, a-z, 0-9, _ and -", () => {
  fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (id) => ID_PATTERN.test(id)));
  for (const id of ["a", "_", "-", "9", "__proto__", "x".repeat(limits.idLength)]) {
    expect(check(RoomId, id).ok).toBe(true);
  }
});

test.each(["", "a b", "a.b", "a/b", "a\n", "\na", "é", "a\0", "💬", "{}", "x".repeat(65)])(
  "[ROOM5] %j is no id",
  (id) => {
    expect(check(RoomId, id)).toMatchObject({ ok: false, error: { code: "invalid_request" } });
  },
);

test("[ROOM5] any other character makes a string no id", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
      const good = text.length <= 64 && text !== "" && !/[^A-Za-z0-9_-]/u.test(text);
      expect(check(RoomId, text).ok).toBe(good);
    }),
  );
});

test("[ROOM1] the public room's id is general, an id like others", () => {
  expect(GENERAL as string).toBe("general");
  expect(ID_PATTERN.test(GENERAL)).toBe(true);
});

test("[ORD1] a whole number from 1 is a seq", () => {
  for (const seq of [1, 2, Number.MAX_SAFE_INTEGER]) {
    expect(check(Seq, seq)).toEqual({ ok: true, value: seq });
  }
});

test("[ORD1] anything but a whole number from 1 is no seq", () => {
  for (const seq of [0, -1, 1.5, NaN, Infinity, 2 ** 53, "1", null, true, [1], { seq: 1 }]) {
    expect(check(Seq, seq).ok).toBe(false);
  }
});
