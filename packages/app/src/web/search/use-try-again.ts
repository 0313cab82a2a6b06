import { type SearchView, useConnection } from "@snug/client/react";
import { useEffect } from "react";
import { useHouse } from "../house.ts";

/** Milliseconds between two tries where the chat is live, and no answer comes all the same. */
const UNANSWERED = 3_000;

/** Asks again what failed in passing: once the server has time for it, or is there again. */
export function useTryAgain({ problem, loadMore }: SearchView): void {
  const isLive = useConnection(useHouse().chat).status === "live";
  const wasCut = problem?.code === "no_connection";
  useEffect(() => {
    if (isLive && wasCut) void loadMore();
    // Not for each failure, for which there is the pace below.
  }, [isLive]);
  useEffect(() => {
    const isBusy = problem?.code === "rate_limited";
    if (!isBusy && !(wasCut && isLive)) return;
    const wait = isBusy ? (problem.retryAfter ?? 1) * 1_000 : UNANSWERED;
    const timer = setTimeout(() => void loadMore(), wait);
    return () => clearTimeout(timer);
  }, [problem, loadMore, wasCut, isLive]);
}
