import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreError, type Blobs } from "../core/ports.ts";
import { openFolderBlobs } from "./embedded/folder-blobs.ts";
import { openFetchedBlobs } from "./fetched-blobs.ts";
import { memoryBlobs } from "./memory/blobs.ts";
import { openS3Blobs } from "./s3-blobs.ts";
import { startS3 } from "./s3-stand-in.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "snug-blobs-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function inBucket() {
  const [s3, folder] = [await startS3(), newFolder()];
  undo.push(() => s3.close());
  const blobs = openS3Blobs(s3.options, openFolderBlobs(folder));
  return {
    s3,
    folder,
    blobs,
    names: () => [...s3.objects(), ...s3.uploads(), ...readdirSync(folder)],
  };
}

async function byFetch() {
  const s3 = await startS3();
  undo.push(() => s3.close());
  const blobs = openFetchedBlobs(s3.options);
  return { s3, blobs, names: () => [...s3.objects(), ...s3.uploads()] };
}

function inFolder() {
  const folder = newFolder();
  return { folder, blobs: openFolderBlobs(folder), names: () => readdirSync(folder) };
}

async function* source(...chunks: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield new TextEncoder().encode(chunk);
  }
}

async function read(blobs: Blobs, from = 0, to = 100, name = "a"): Promise<string | null> {
  const bytes = await blobs.read(name, from, to);
  return bytes && new Response(bytes).text();
}

interface Kind {
  readonly blobs: Blobs;
  readonly names: () => string[];
}

const kinds: Record<string, () => Kind | Promise<Kind>> = {
  memory: () => ({ blobs: memoryBlobs(), names: () => [] }),
  "a folder": inFolder,
  "a bucket": inBucket,
  "a bucket, by fetch": byFetch,
};

for (const [kind, open] of Object.entries(kinds))
  describe(`bytes in ${kind}`, () => {
    test("[FIL2] they come back whole and in part, are replaced, and removed without a trace", async () => {
      const { blobs, names } = await open();
      expect(await read(blobs)).toBeNull();
      expect(await blobs.put("a", source("0123", "", "456789"))).toBe(10);
      expect([await read(blobs, 0, 10), await read(blobs, 2, 5), await read(blobs, 9, 10)]).toEqual(
        ["0123456789", "234", "9"],
      );
      expect(await blobs.put("a.preview", source("small"))).toBe(5);
      expect(await blobs.put("a", source("new"))).toBe(3);
      expect([await read(blobs, 0, 3), await read(blobs, 0, 5, "a.preview")]).toEqual([
        "new",
        "small",
      ]);
      for (const name of ["a", "a", "a.preview", "never"]) await blobs.remove(name);
      expect([await read(blobs), names()]).toEqual([null, []]);
    });

    test("[FIL2] of what breaks off nothing is left, and what was there before stays", async () => {
      const { blobs, names } = await open();
      await blobs.put("a", source("old"));
      const broken = new Error("broken off");
      expect(await blobs.put("a", source("new", broken)).catch((fault) => fault)).toBe(broken);
      expect(await read(blobs, 0, 3)).toBe("old");
      expect(await blobs.put("b", source("x", broken)).catch((fault) => fault)).toBe(broken);
      await blobs.remove("a");
      expect(names()).toEqual([]);
    });
  });

test("[FIL2] no name leads out of the folder, and a part that was left goes with its file", async () => {
  const { folder, blobs, names } = inFolder();
  for (const name of ["../a", "a/b", "", ".", "..", "a\0b", "/etc/passwd", "a.b.c"])
    expect(await blobs.read(name, 0, 1).catch((fault) => fault)).toBeInstanceOf(Error);
  writeFileSync(join(folder, "a.part"), "left");
  await blobs.remove("a");
  expect(names()).toEqual([]);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "a file in its place");
  expect(await blobs.put("a", source("x")).catch((fault) => fault)).toBeInstanceOf(StoreError);
});

test("[FIL2] what is larger than a part arrives whole in the bucket; one that cannot be reached says so", async () => {
  const { s3, folder, blobs, names } = await inBucket();
  const megabyte = "x".repeat(1024 * 1024);
  expect(await blobs.put("a", source(...Array.from({ length: 20 }, () => megabyte)))).toBe(
    20 * 1024 * 1024,
  );
  expect([s3.objects(), s3.uploads()]).toEqual([["a"], []]);
  expect((await read(blobs, 0, 20 * 1024 * 1024))?.length).toBe(20 * 1024 * 1024);
  expect(await read(blobs, 20 * 1024 * 1024 - 2, 20 * 1024 * 1024)).toBe("xx");
  await blobs.remove("a");
  const nobody = { ...s3.options, accessKeyId: "nobody" };
  for (const stranger of [openS3Blobs(nobody, openFolderBlobs(folder)), openFetchedBlobs(nobody)])
    for (const ask of [
      () => stranger.put("b", source("x")),
      () => stranger.read("b", 0, 1),
      () => stranger.remove("b"),
    ])
      expect(await ask().catch((fault: unknown) => fault)).toBeInstanceOf(StoreError);
  expect(names()).toEqual([]);
});
