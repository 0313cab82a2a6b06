import { useEffect, useState } from "react";

/** True once `condition` has held for `delay` milliseconds, false as soon as it does not. */
export function useLate(condition: boolean, delay: number): boolean {
  const [late, setLate] = useState(false);
  if (!condition && late) setLate(false);
  useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setLate(true), delay);
    return () => clearTimeout(timer);
  }, [condition, delay]);
  return condition && late;
}
