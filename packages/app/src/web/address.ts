import { GENERAL } from "@snug/protocol";

/** What the address of this page says: which room, and what stands behind the `#`. */
export interface Address {
  readonly room: string;
  /** The message in it that one came for, by its number. */
  readonly seq: number | null;
  /** An invite's secret. */
  readonly invite: string | null;
  /** The word that makes an account the first administrator. */
  readonly claim: string | null;
}

export function readAddress({ pathname, hash }: { pathname: string; hash: string }): Address {
  const [, named, seq] = /^\/r\/([^/]+)(?:\/([1-9][0-9]{0,14}))?$/.exec(pathname) ?? [];
  const behind = new URLSearchParams(hash.slice(1));
  return {
    room: named === undefined ? GENERAL : decoded(named),
    seq: seq === undefined ? null : Number(seq),
    invite: behind.get("invite") || null,
    claim: behind.get("claim") || null,
  };
}

/** A room's path, or that of a message in it. */
export function pathOf(room: string, seq: number | null = null): string {
  if (seq !== null) return `/r/${encodeURIComponent(room)}/${seq}`;
  return room === GENERAL ? "/" : `/r/${encodeURIComponent(room)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
