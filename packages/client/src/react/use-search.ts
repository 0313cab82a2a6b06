import { useEffect, useMemo } from "react";
import type { Chat } from "../api.ts";
import { LiveSearch, type SearchState } from "../live-search.ts";
import { useReadable } from "./use-readable.ts";

export interface SearchView extends SearchState {
  /** Older hits; or again what failed. */
  readonly loadMore: () => Promise<void>;
  /** Asks anew for what was found: something of it was changed. */
  readonly again: () => void;
}

/** What is found for what somebody types, in all rooms or in one. Asks while it is drawn. */
export function useSearch(chat: Chat, q: string, room?: string): SearchView {
  const search = useMemo(() => new LiveSearch(chat, room), [chat, room]);
  useEffect(() => search.find(q), [search, q]);
  useEffect(() => () => search.stop(), [search]);
  const state = useReadable(search.state);
  return useMemo(() => {
    const { loadMore, again } = search;
    return { ...state, loadMore, again };
  }, [search, state]);
}
