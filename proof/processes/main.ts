/** Does to real servers what may happen to them, and says what came of it. */
import { faults } from "./faults.ts";
import { strikeAll } from "./strike-all.ts";

process.exit(await strikeAll("processes", faults));
