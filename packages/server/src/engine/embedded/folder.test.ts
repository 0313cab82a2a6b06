import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import type { RoomId } from "@snug/protocol";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../clock.ts";
import { newRoom } from "../../fixtures.ts";
import { FolderError, openEmbedded } from "./engine.ts";
import { migrate, steps } from "./schema.ts";

const root = mkdtempSync(join(tmpdir(), "snug-folder-"));
afterAll(() => rmSync(root, { recursive: true }));
const newFolder = () => mkdtempSync(join(root, "data-"));
const open = (folder: string, patience = 0) =>
  openEmbedded({ folder, clock: systemClock, patience });
const refusal = async (folder: string) => {
  const fault = await open(folder).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(fault instanceof FolderError))
    throw new Error(`expected a FolderError, got ${String(fault)}`);
  expect(fault.message).not.toContain("\n");
  return fault.message;
};

test("[OPS4] a data folder has one owner at a time", async () => {
  const folder = newFolder();
  const first = await open(folder);
  expect(await refusal(folder)).toContain("in use by another Snug");
  await first.close();
  await (await open(folder)).close();
});

test("[OPS4] who comes second waits for the first to go", async () => {
  const folder = newFolder();
  const first = await open(folder);
  const second = open(folder, 5_000);
  await Bun.sleep(150); // longer than one try, so that the second really had to wait
  await first.close();
  await (await second).close();
});

test("[DUR3] writes ahead with full synchronisation, and nobody else may read the folder", async () => {
  const folder = join(newFolder(), "made/on/the/way");
  const engine = await open(folder);
  expect(engine.store.durability).toBe("disk");
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  await engine.close();
  const modes = (there: string) =>
    ["snug.db", "snug.db-wal"].map((name) => statSync(join(there, name)).mode & 0o777);
  const made = newFolder();
  chmodSync(made, 0o755);
  const other = await open(made);
  await other.store.addRoom(newRoom("r" as RoomId));
  expect(modes(made)).toEqual([0o600, 0o600]);
  await other.close();
  // As an older version left it, or an operator who lets a group read.
  chmodSync(join(made, "snug.db"), 0o644);
  const again = await open(made);
  await again.store.addRoom(newRoom("s" as RoomId));
  expect(modes(made)).toEqual([0o640, 0o640]);
  await again.close();
  const db = new Database(join(folder, "snug.db"));
  expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  db.close();
});

test("[OPS3] a folder that cannot be used is said so in one line", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "file"), "");
  expect(await refusal(join(folder, "file"))).toContain("is a file");
  expect(await refusal(join(folder, "file/below"))).toContain("is a file");
});

test("[OPS3] damaged data is said so, and is left as it is", async () => {
  const folder = newFolder();
  writeFileSync(
    join(folder, "snug.db"),
    "this is no database at all, however long it goes on".repeat(100),
  );
  expect(await refusal(folder)).toContain("damaged");
  expect(statSync(join(folder, "snug.db")).size).toBe(5_100);
});

test("[OPS3] data of a newer version is refused and left as it is", async () => {
  const folder = newFolder();
  await (await open(folder)).close();
  const db = new Database(join(folder, "snug.db"));
  db.run(`PRAGMA user_version = ${steps.length + 1}`);
  db.close();
  expect(await refusal(folder)).toContain("newer Snug");
});

test.each([["event"], ["lost_file"]])(
  "a migration that fails leaves the schema as it was, however many steps went well: %s",
  (table) => {
    const db = new Database(":memory:");
    db.run(`CREATE TABLE ${table} (in_the_way TEXT)`);
    expect(() => migrate(db)).toThrow(table);
    expect(db.query("PRAGMA user_version").get()).toEqual({ user_version: 0 });
    expect(db.query("SELECT name FROM sqlite_master").values()).toEqual([[table]]);
  },
);

test("migrating twice changes nothing the second time", () => {
  const db = new Database(":memory:");
  migrate(db);
  const tables = db.query("SELECT sql FROM sqlite_master ORDER BY name").values();
  migrate(db);
  expect(db.query("SELECT sql FROM sqlite_master ORDER BY name").values()).toEqual(tables);
});
