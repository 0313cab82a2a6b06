import { type SearchView, useConnection } from "@snug/client/react";
import { useEffect } from "react";
import { useHouse } from "../house.ts";

/** Asks again what failed in passing: once the server has time for it, or is there again. */
export function useTryAgain({ problem, loadMore }: SearchView): void {
  const isLive = useConnection(useHouse().chat).status === "live";
  const wasCut = problem?.code === "no_connection";
  useEffect(() => {
    if (isLive && wasCut) void loadMore();
    // Not for each failure: it would ask for ever where the way is there and no answer.
  }, [isLive]);
  useEffect(() => {
    if (problem?.code !== "rate_limited") return;
    const timer = setTimeout(() => void loadMore(), (problem.retryAfter ?? 1) * 1_000);
    return () => clearTimeout(timer);
  }, [problem, loadMore]);
}
