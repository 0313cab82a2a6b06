import { createHash } from "node:crypto";

/**
 * One HTML page under a policy that names its inline script and style by their
 * hashes: whatever else finds its way into the page does not run.
 */
export function createPage(html: string): () => Response {
  const hashes = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>(.*?)</${tag}>`, "gs"))]
      .map(([, inline = ""]) => `'sha256-${createHash("sha256").update(inline).digest("base64")}'`)
      .join(" ") || "'none'";
  const policy = [
    "default-src 'none'",
    `script-src ${hashes("script")}`,
    `style-src ${hashes("style")}`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  return () =>
    new Response(html, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-cache",
      },
    });
}
