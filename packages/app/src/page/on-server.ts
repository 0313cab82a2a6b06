import type { BunPlugin } from "bun";
import { fileURLToPath } from "node:url";

const when = fileURLToPath(new URL("../web/clock/when-on-server.ts", import.meta.url));

/** What is different where the server renders the page: times, and that nothing is loaded later. */
export const onServer: BunPlugin = {
  name: "on server",
  setup(build) {
    build.onResolve({ filter: /\/clock\/when\.ts$/ }, () => ({ path: when }));
    build.onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path, external: true } : undefined,
    );
  },
};
