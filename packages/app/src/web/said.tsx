import { createContext, useCallback, useContext, useEffect, useState } from "react";

/** How long a line that goes by itself stays. */
const STAYS_MS = 8_000;

/** What just happened by others, said once. */
export function useSaid(): [text: string, say: (text: string) => void] {
  const [said, setSaid] = useState({ text: "" });
  useEffect(() => {
    if (said.text === "") return;
    const timer = setTimeout(() => setSaid({ text: "" }), STAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return [said.text, useCallback((text: string) => setSaid({ text }), [])];
}

export const SaidContext = createContext("");

/** In the page, and in each dialog: what lies below one is neither seen nor heard. */
export function Said() {
  const said = useContext(SaidContext);
  return (
    <div className="said-place" role="status">
      {said !== "" && <p className="said">{said}</p>}
    </div>
  );
}
