import { join } from "node:path";
import { bugs } from "./bugs.ts";
import { plant } from "./plant.ts";

/**
 * Plants the bug that the environment names, before anything of Snug is loaded:
 *
 *     PLANTED_BUG="a resume skips one event" BUN_OPTIONS="--preload=proof/planted/preload.ts" bun …
 *
 * The environment reaches the processes that a test starts too. Nothing of
 * this is in Snug: without this file the source is as it is written.
 */
const root = join(import.meta.dir, "../..");
const name = process.env["PLANTED_BUG"];
const bug = bugs.find((one) => one.name === name);
if (bug === undefined) throw new Error(`no bug is called "${name}"`);

Bun.plugin({
  name: "planted bug",
  setup(build) {
    for (const [file, edits] of Map.groupBy(bug.edits, (edit) => edit.file)) {
      const path = join(root, file);
      build.onLoad({ filter: new RegExp(`^${RegExp.escape(path)}$`) }, async () => ({
        contents: edits.reduce(plant, await Bun.file(path).text()),
        loader: "ts",
      }));
    }
  },
});
