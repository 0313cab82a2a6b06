import { isIn, parseAddress, rateKey, type Address, type Block } from "./address.ts";

/** Whence a request came. */
export interface Caller {
  /** Whose rates it counts for. */
  readonly address: string;
  /** The scheme and host that were asked for. */
  readonly origin: string;
}

/**
 * Who asks, by the connection, or where that is a trusted proxy's by what the
 * proxy says. From anybody else forwarded headers are only what they typed.
 */
export function callerOf(request: Request, peer: string | null, proxies: readonly Block[]): Caller {
  const { origin } = new URL(request.url);
  const address = parseAddress(peer ?? "");
  if (address === null) return { address: "", origin };
  const isTrusted = (one: Address) => proxies.some((proxy) => isIn(proxy, one));
  if (!isTrusted(address)) return { address: rateKey(address), origin };
  return {
    address: rateKey(forwardedFor(request, address, isTrusted)),
    origin: forwardedOrigin(request) ?? origin,
  };
}

/** Each proxy adds at the right whom it heard: the first from there that is none of ours is the caller. */
function forwardedFor(
  request: Request,
  peer: Address,
  isTrusted: (address: Address) => boolean,
): Address {
  let caller = peer;
  for (const part of request.headers.get("x-forwarded-for")?.split(",").toReversed() ?? []) {
    const address = parseAddress(withoutPort(part.trim()));
    if (address === null) break;
    caller = address;
    if (!isTrusted(address)) break;
  }
  return caller;
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write. */
function withoutPort(text: string): string {
  const [, v6, v4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  return v6 ?? v4 ?? text;
}

function forwardedOrigin(request: Request): string | null {
  const last = (name: string) => request.headers.get(name)?.split(",").at(-1)?.trim() || null;
  const url = new URL(request.url);
  const scheme = last("x-forwarded-proto")?.toLowerCase() ?? url.protocol.slice(0, -1);
  const host = last("x-forwarded-host") ?? url.host;
  if (scheme !== "http" && scheme !== "https") return null;
  const forwarded = URL.parse(`${scheme}://${host}`);
  return forwarded && forwarded.href === `${forwarded.origin}/` ? forwarded.origin : null;
}
