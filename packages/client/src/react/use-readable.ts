import { useSyncExternalStore } from "react";
import type { Readable } from "../store.ts";

/** A store's present value; on a server, and until the page has taken over what it drew, its first. */
export function useReadable<Value>({ subscribe, get, initial }: Readable<Value>): Value {
  return useSyncExternalStore(subscribe, get, () => initial);
}
