/** Does to several nodes of one house what may happen to them, and says what came of it. */
import { strikeAll } from "../processes/strike-all.ts";
import { faults } from "./faults.ts";

process.exit(await strikeAll("nodes", faults));
