import type { BunPlugin } from "bun";
import { fileURLToPath } from "node:url";

/** The page is written for React and runs on Preact, which is a third of it to send, to read and to start. */
export const preact: BunPlugin = {
  name: "preact",
  setup(build) {
    const stands: Record<string, string> = {
      react: "preact/compat",
      "react-dom": "preact/compat",
      "react-dom/client": "preact/compat/client",
      "react/jsx-runtime": "preact/jsx-runtime",
    };
    build.onResolve({ filter: /^react(-dom)?($|\/)/ }, ({ path }) => {
      const other = stands[path];
      if (other === undefined) throw new Error(`nothing stands for ${path}`);
      return { path: fileURLToPath(import.meta.resolve(other)) };
    });
  },
};
