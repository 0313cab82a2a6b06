import { useCallback, useEffect, useState } from "react";

/** Which long messages are shown as a whole, and which one is growing right now. */
export function useWhole() {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [unfolding, setUnfolding] = useState<string | null>(null);
  const unfold = useCallback((key: string) => {
    setKeys((before) => new Set(before).add(key));
    setUnfolding(key);
  }, []);
  useEffect(() => {
    if (unfolding === null) return;
    // Its new height is measured after this frame's layout.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setUnfolding(null));
    });
    return () => cancelAnimationFrame(frame);
  }, [unfolding]);
  return { keys, unfolding, unfold };
}
