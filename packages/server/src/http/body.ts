import { fail, limits, succeed, type Result } from "@snug/protocol";
import type { HttpWorld } from "./route.ts";

type World = Pick<HttpWorld, "clock" | "goOn" | "letGo">;

/** Milliseconds that a body may take beside those for its bytes, and bytes for each millisecond: a weak line brings more. */
const GRACE = 10_000;
const LEAST = 0.5;
/** Milliseconds: what stood still for longer may have been this server. */
const GAP = 2_000;

/** Reads a JSON body, and not a byte more than a body may have. */
export async function readJson(world: World, request: Request): Promise<Result<unknown>> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    return fail("unsupported_type", "Send the body as JSON, with Content-Type: application/json.");
  }
  const bytes = await readBytes(world, request).catch(() => "broken" as const);
  if (bytes === "broken") return fail("invalid_request", "The body ended before it was whole.");
  if (bytes === "slow") return fail("invalid_request", "The body came too slowly. Send it again.");
  if (bytes === null) return fail("too_large", `A body may have ${limits.frameBytes} bytes.`);
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    // To a schema whose fields may all be left out, a list is an object too.
    return Array.isArray(json)
      ? fail("invalid_request", "The body must be an object.")
      : succeed(json);
  } catch {
    return fail("invalid_request", "The body is not JSON in UTF-8.");
  }
}

async function readBytes(
  { clock, goOn, letGo }: World,
  request: Request,
): Promise<Uint8Array | "slow" | null> {
  if (Number(request.headers.get("content-length") ?? 0) > limits.frameBytes) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  let took = 0;
  let last = clock.elapsed();
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limits.frameBytes) return null;
    const now = clock.elapsed();
    took += Math.min(now - last, GAP);
    last = now;
    if (took > GRACE + size / LEAST) {
      letGo(request);
      return "slow";
    }
    goOn(request);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
