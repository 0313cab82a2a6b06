import { useEffect } from "react";

/** Asks before the page is closed, while closing it would lose something. */
export function useUnloadWarning(active: boolean): void {
  useEffect(() => (active ? warnOfUnload() : undefined), [active]);
}

/** The same, until it is undone. */
export function warnOfUnload(): () => void {
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener("beforeunload", warn);
  return () => removeEventListener("beforeunload", warn);
}
