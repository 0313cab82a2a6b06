import { useEffect, useRef } from "react";

/** Notes in the history that one was among the hits, before one goes to one of them. */
export const noteHits = () => history.replaceState({ hits: true }, "");

/** Tells, whenever one goes back or forward, whether that was to the hits. */
export function useWayBack(onStep: (toHits: boolean) => void): void {
  const act = useRef(onStep);
  useEffect(() => {
    act.current = onStep;
  });
  useEffect(() => {
    const heed = ({ state }: PopStateEvent) => act.current(state?.hits === true);
    addEventListener("popstate", heed);
    return () => removeEventListener("popstate", heed);
  }, []);
}
