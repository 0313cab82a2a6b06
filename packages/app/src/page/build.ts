import type { Asset, Page } from "@snug/server";
import type { BunPlugin } from "bun";
import { relative } from "node:path";
import { byContent } from "./by-content.ts";
import { compress } from "./compress.ts";
import { PageError } from "./page-error.ts";

/**
 * Builds a page in memory from its HTML file, whose scripts and styles may be
 * TypeScript, JSX and CSS as they were written.
 */
export async function buildPage(entry: string, plugins: BunPlugin[] = []): Promise<Page> {
  const outputs = await bundle(entry, {
    plugins,
    target: "browser",
    splitting: true,
    publicPath: "/",
  });
  const bundled = await Promise.all(
    outputs.map(async (output) => ({
      // As a browser will ask for it.
      pathname: new URL(output.path, "http://localhost").pathname,
      type: output.type,
      body: new Uint8Array(await output.arrayBuffer()),
    })),
  );
  const files = await Promise.all(
    withStyles(byContent(bundled)).map(async (file) => ({
      ...file,
      encoded: await compress(file.body),
    })),
  );
  const html = files.find(({ type }) => type.startsWith("text/html"));
  if (!html) throw new Error(`${entry} was built without HTML`);
  const assets = new Map<string, Asset>(
    files.filter((file) => file !== html).map(({ pathname, ...asset }) => [pathname, asset]),
  );
  return { html: text(html.body), encoded: html.encoded, assets };
}

/** Styles stand in the HTML itself: it is seen when it is there, and does not wait for one answer more. */
function withStyles<F extends { pathname: string; type: string; body: Uint8Array<ArrayBuffer> }>(
  files: readonly F[],
): F[] {
  const linked = new Set<F>();
  const inline = (html: string) =>
    html.replaceAll(/<link rel="stylesheet"[^>]* href="([^"]+)"[^>]*>/g, (link, path: string) => {
      const sheet = files.find(({ pathname }) => pathname === path);
      if (!sheet) return link;
      linked.add(sheet);
      return `<style>${text(sheet.body)}</style>`;
    });
  return files
    .map((file) =>
      file.type.startsWith("text/html")
        ? { ...file, body: new TextEncoder().encode(inline(text(file.body))) }
        : file,
    )
    .filter((file) => !linked.has(file));
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** A script for the server that sets `module.exports`. */
export async function buildScript(entry: string, plugins: BunPlugin[] = []): Promise<string> {
  const [output] = await bundle(entry, { plugins, target: "browser", format: "cjs" });
  if (!output) throw new Error(`${entry} was built without a script`);
  return output.text();
}

async function bundle(entry: string, options: Partial<Bun.BuildConfig>) {
  try {
    const { outputs } = await Bun.build({
      entrypoints: [entry],
      minify: true,
      sourcemap: "none",
      naming: {
        entry: "[name].[ext]",
        chunk: "assets/[name]-[hash].[ext]",
        asset: "assets/[name]-[hash].[ext]",
      },
      ...options,
      define: { "process.env.NODE_ENV": '"production"' },
    });
    return outputs;
  } catch (fault) {
    throw new PageError(
      `The page could not be built: ${reason(fault)}. Mend it, or serve a page of your own with --page.`,
    );
  }
}

/** The first of what the bundler found, in one line. */
function reason(fault: unknown): string {
  const first: unknown = fault instanceof AggregateError ? fault.errors[0] : fault;
  const [line = ""] = String(first instanceof Error ? first.message : first).split("\n");
  const position =
    first instanceof BuildMessage || first instanceof ResolveMessage ? first.position : null;
  if (!position) return line;
  const place = relative(".", position.file) + (position.line > 0 ? `:${position.line}` : "");
  return `${line} (${place})`;
}
