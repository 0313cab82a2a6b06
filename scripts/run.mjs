// npm run bench, replay …: one of the repository's own programs, under Bun.
import { fileURLToPath } from "node:url";
import { become, bun, setUp } from "./setup.mjs";

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error("Name the program to run, as in npm run example hello.ts.");
  process.exit(2);
}
setUp("everything");
become(bun, [fileURLToPath(new URL(`../${program}`, import.meta.url)), ...args]);
