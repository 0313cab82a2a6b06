import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ConfigError } from "../config.ts";
import { readPage } from "./read.ts";

const folder = mkdtempSync(join(tmpdir(), "snug-read-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("[OPS11] a page is one file as it stands, compressed where that helps", async () => {
  const file = join(folder, "page.html");
  const html = `<!doctype html><title>Grüße</title>${"<p>again</p>".repeat(50)}`;
  writeFileSync(file, html);
  const page = await readPage(file);
  expect(page.html).toBe(html);
  expect(page.assets).toBeUndefined();
  expect(gunzipSync(page.encoded?.gzip ?? "").toString()).toBe(html);

  writeFileSync(file, "");
  expect(await readPage(file)).toEqual({ html: "", encoded: {} });
});

test("[OPS3] a page that cannot be read is refused in one line that says what to do", async () => {
  const refusal = (file: string) =>
    readPage(file).then(
      () => "it was read",
      (fault: unknown) => (fault instanceof ConfigError ? fault.message : String(fault)),
    );
  const advice = "Give --page the HTML file to serve at /.";
  const missing = join(folder, "missing.html");
  expect(await refusal(missing)).toBe(`${missing} is not there. ${advice}`);
  expect(await refusal(folder)).toBe(`${folder} is a folder. ${advice}`);
  expect(await refusal("/proc/self/mem")).toMatch(/^\/proc\/self\/mem cannot be read \(\w+\)\. /);
});
