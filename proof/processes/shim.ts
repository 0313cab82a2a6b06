import { openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Impossible, type Setting } from "./fault.ts";

/** The fields of `struct orders` in shim.c, 8 bytes each. */
const FIELDS = ["syncMs", "offsetMs", "frozenMs", "syncs", "looks"] as const;
type Field = (typeof FIELDS)[number];

/** A library that is loaded before the server's C library, and does as it is told meanwhile. */
export class Shim {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: number;

  private constructor(library: string, orders: string) {
    this.env = { LD_PRELOAD: library, SHIM_ORDERS: orders };
    this.#file = openSync(orders, "r+");
  }

  static build({ folder }: Setting): Shim {
    if (process.platform !== "linux") throw new Impossible("LD_PRELOAD needs Linux");
    if (!Bun.which("cc")) throw new Impossible("there is no C compiler: apt install gcc libc6-dev");
    const library = join(folder, "shim.so");
    const source = join(import.meta.dir, "shim.c");
    const command = ["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", source, "-o", library];
    const { exitCode, stderr } = Bun.spawnSync([...command, "-ldl"]);
    if (exitCode !== 0) throw new Error(`cc cannot compile ${source}:\n${stderr.toString()}`);
    const orders = join(folder, "orders");
    writeFileSync(orders, Buffer.alloc(FIELDS.length * 8));
    return new Shim(library, orders);
  }

  set(field: Field, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
  }

  get(field: Field): number {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(bytes.readBigInt64LE());
  }
}
