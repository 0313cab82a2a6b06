import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Engine } from "../../core/ports.ts";
import { engineContract } from "../contract.ts";
import { openEmbedded } from "./engine.ts";

const root = mkdtempSync(join(tmpdir(), "snug-engine-"));
afterAll(() => rmSync(root, { recursive: true }));

const folders = new WeakMap<Engine, string>();
const openIn = async (folder: string, clock: Clock) => {
  const engine = await openEmbedded({ folder, clock });
  folders.set(engine, folder);
  return engine;
};

engineContract("embedded", {
  open: (clock) => openIn(mkdtempSync(join(root, "data-")), clock),
  async reopen(engine, clock) {
    await engine.close();
    return openIn(folders.get(engine) ?? "", clock);
  },
  durability: "disk",
});
