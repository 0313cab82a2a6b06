import { useSyncExternalStore } from "react";
import { type Address, pathOf, readAddress } from "./address.ts";

const listeners = new Set<() => void>();
let present: Address | null = null;

/** Where this page is. Back, forward and a link's `#` are followed. */
export function useAddress(): Address {
  return useSyncExternalStore(subscribe, () => (present ??= readAddress(location)));
}

/** To the address of a room, or of a message in it; `replace` leaves no step back to the one before. */
export function goTo(
  room: string,
  { replace = false, seq = null }: { replace?: boolean; seq?: number | null } = {},
): void {
  const path = pathOf(room, seq);
  if (replace) history.replaceState(null, "", path);
  else if (path !== location.pathname) history.pushState(null, "", path);
  changed();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    addEventListener("popstate", changed);
    addEventListener("hashchange", changed);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    removeEventListener("popstate", changed);
    removeEventListener("hashchange", changed);
  };
}

function changed(): void {
  present = null;
  for (const listener of listeners) listener();
}
