import { useEffect, useRef } from "react";

/** Keys that work wherever one is, also where nothing has the focus; not below an open dialog. */
export function usePageKeys(onKey: (event: KeyboardEvent) => void): void {
  const act = useRef(onKey);
  useEffect(() => {
    act.current = onKey;
  });
  useEffect(() => {
    const heed = (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open]") === null) act.current(event);
    };
    document.addEventListener("keydown", heed);
    return () => document.removeEventListener("keydown", heed);
  }, []);
}

export const isField = (target: EventTarget | null) =>
  target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
