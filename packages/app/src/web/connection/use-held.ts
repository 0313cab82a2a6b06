import { useEffect, useState } from "react";

/** How long this very object has been the present one, in milliseconds, told once a second while `ticking`. */
export function useHeld(value: object, ticking: boolean): number {
  const [told, setTold] = useState({ value, held: 0 });
  if (told.value !== value) setTold({ value, held: 0 });
  useEffect(() => {
    if (!ticking) return;
    const began = performance.now();
    const timer = setInterval(() => setTold({ value, held: performance.now() - began }), 1000);
    return () => clearInterval(timer);
  }, [value, ticking]);
  return told.value === value ? told.held : 0;
}
