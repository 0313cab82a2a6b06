import type { FileId, SharedFile } from "@snug/protocol";
import { expect, test } from "bun:test";
import { admit } from "./admit.ts";
import { boxOf, columnsOf, heightOfFiles } from "./box.ts";
import { filesOf, isFiles } from "./brought.ts";
import { filesInWords } from "./in-words.ts";
import { sizeText } from "./size-text.ts";

const file = (name: string, type: string, more: Partial<SharedFile> = {}): SharedFile => ({
  id: name as FileId,
  name,
  type,
  size: 1,
  ...more,
});

test("sizes are said in the unit that keeps them short", () => {
  const sizes = [0, 1, 1_023, 1_024, 1_536, 10_240, 1_023_999, 26_214_400, 5 * 2 ** 40];
  expect(sizes.map(sizeText)).toEqual([
    "0 bytes",
    "1 byte",
    "1023 bytes",
    "1 KB",
    "1.5 KB",
    "10 KB",
    "1 MB",
    "25 MB",
    "5120 GB",
  ]);
});

test("files are said in a line, by what they are to whoever looks", () => {
  expect([
    filesInWords([]),
    filesInWords([file("cat.png", "image/png")]),
    filesInWords([file("a.svg", "text/plain")]),
    filesInWords([file("a.mp3", "audio/mpeg")]),
    filesInWords([file("a.png", "image/png"), file("b.gif", "image/gif")]),
    filesInWords([file("a.png", "image/png"), file("b.zip", "application/zip")]),
  ]).toEqual([
    "",
    "a picture, cat.png",
    "a file, a.svg",
    "a recording, a.mp3",
    "2 pictures",
    "2 files",
  ]);
});

test("a picture's place has its shape, fits the list, and can be pressed", () => {
  expect(boxOf({ width: 4_000, height: 3_000 })).toEqual({ width: 427, height: 320 });
  expect(boxOf({ width: 1_000, height: 100 })).toEqual({ width: 448, height: 45 });
  expect(boxOf({ width: 9_000, height: 1 })).toEqual({ width: 448, height: 44 });
  expect(boxOf({ width: 1, height: 1 })).toEqual({ width: 44, height: 44 });
  expect([2, 3, 4, 5, 10].map(columnsOf)).toEqual([2, 3, 2, 3, 3]);
  expect(heightOfFiles([])).toBe(0);
  const large = file("cat.png", "image/png", { width: 4_000, height: 3_000 });
  expect(heightOfFiles([large])).toBe(328);
  expect(heightOfFiles([large, large, large])).toBeLessThan(328);
  // Of what no size is known nothing is drawn that would change its size later.
  expect(heightOfFiles([file("a.png", "image/png")])).toBe(
    heightOfFiles([file("a", "text/plain")]),
  );
});

test("what is pasted is files, unless they are only how a text looks", () => {
  expect(isFiles(["Files"])).toBe(true);
  expect(isFiles(["text/html", "Files"])).toBe(true);
  expect(isFiles(["text/plain", "Files"])).toBe(true);
  expect(isFiles(["text/plain", "text/html", "text/rtf", "Files"])).toBe(false);
  expect(isFiles(["text/plain"])).toBe(false);
});

test("folders are no files", () => {
  const item = (isDirectory: boolean) => ({
    kind: "file" as const,
    webkitGetAsEntry: () => ({ isDirectory }) as FileSystemEntry,
  });
  const [one, two] = [new File([], "one"), new File([], "two")];
  const text = { kind: "string" as const, webkitGetAsEntry: () => null };
  expect(filesOf({ files: [one, two], items: [text, item(true), item(false)] })).toEqual({
    files: [two],
    folders: 1,
  });
});

test("what no server would take is refused before it is sent, and the others are not", () => {
  const limits = { fileBytes: 1_024, filesPerMessage: 3 };
  const files = [
    { name: "a", size: 1_024 },
    { name: "b", size: 2_048 },
    { name: "c", size: 1 },
    { name: "d", size: 1 },
  ];
  const { admitted, refused } = admit(files, 1, limits);
  expect(admitted.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(refused).toEqual([
    { name: "b", why: "It has 2 KB, and 1 KB is the most." },
    { name: "d", why: "A message takes 3 files. Send it in the next." },
  ]);
});
