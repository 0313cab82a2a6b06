import { createHash, randomFillSync } from "node:crypto";
import type { Ids } from "./core/ports.ts";

// Chance is drawn in lots: one call to the system's generator for 256 ids.
const lot = Buffer.alloc(4_096);
let used = lot.length;

function draw(bytes: number): string {
  if (used + bytes > lot.length) {
    randomFillSync(lot);
    used = 0;
  }
  used += bytes;
  return lot.toString("base64url", used - bytes, used);
}

export const randomIds: Ids = {
  id: () => draw(16),
  token: () => draw(32),
  hash: (token) => createHash("sha256").update(token).digest("base64url"),
};
