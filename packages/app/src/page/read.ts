import type { Page } from "@snug/server";
import { readFile } from "node:fs/promises";
import { ConfigError } from "../config.ts";
import { compress } from "./compress.ts";

/** Reads a page that is one HTML file. */
export async function readPage(file: string): Promise<Page> {
  const html = await readFile(file, "utf8").catch((fault: unknown) => {
    throw new ConfigError(`${file} ${reason(fault)}. Give --page the HTML file to serve at /.`);
  });
  return { html, encoded: await compress(new TextEncoder().encode(html)) };
}

function reason(fault: unknown): string {
  const code = fault instanceof Error && "code" in fault ? fault.code : fault;
  if (code === "ENOENT" || code === "ENOTDIR") return "is not there";
  if (code === "EISDIR") return "is a folder";
  return `cannot be read (${String(code)})`;
}
