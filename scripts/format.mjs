import { bun, run, setUp } from "./setup.mjs";

if (process.argv.length > 2) {
  console.error(
    "Usage: npm run format. It takes no arguments, and writes the format of every file.",
  );
  process.exit(process.argv[2] === "--help" ? 0 : 2);
}
setUp("everything");
run(bun, ["fmt", "."]);
