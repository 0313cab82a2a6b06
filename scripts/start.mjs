import { fileURLToPath } from "node:url";
import { become, bun, setUp } from "./setup.mjs";

setUp("start");
become(bun, [
  fileURLToPath(new URL("../packages/app/src/main.ts", import.meta.url)),
  ...process.argv.slice(2),
]);
