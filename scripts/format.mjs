import { bun, run, setUp } from "./setup.mjs";

setUp("everything");
run(bun, ["fmt", "."]);
