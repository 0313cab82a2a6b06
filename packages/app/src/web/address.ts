import { GENERAL } from "@snug/protocol";

/** What the address of this page says: which room, and what stands behind the `#`. */
export interface Address {
  readonly room: string;
  /** An invite's secret. */
  readonly invite: string | null;
  /** The word that makes an account the first administrator. */
  readonly claim: string | null;
}

export function readAddress({ pathname, hash }: { pathname: string; hash: string }): Address {
  const [, named] = /^\/r\/([^/]+)$/.exec(pathname) ?? [];
  const behind = new URLSearchParams(hash.slice(1));
  return {
    room: named === undefined ? GENERAL : decoded(named),
    invite: behind.get("invite") || null,
    claim: behind.get("claim") || null,
  };
}

export const pathOf = (room: string) => (room === GENERAL ? "/" : `/r/${encodeURIComponent(room)}`);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
