import { createContext, useCallback, useContext, useEffect, useState } from "react";

/** How long a line that goes by itself stays. */
const STAYS_MS = 8_000;

/** Another `id` each time: the same text again is said again. */
interface Saying {
  readonly text: string;
  readonly id: number;
}

const NOTHING: Saying = { text: "", id: 0 };

/** What just happened by others, said once. */
export function useSaid(): [said: Saying, say: (text: string) => void] {
  const [said, setSaid] = useState(NOTHING);
  useEffect(() => {
    if (said.text === "") return;
    const timer = setTimeout(() => setSaid(({ id }) => ({ text: "", id })), STAYS_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return [said, useCallback((text: string) => setSaid(({ id }) => ({ text, id: id + 1 })), [])];
}

export const SaidContext = createContext(NOTHING);

/** In the page, and in each dialog: what lies below one is neither seen nor heard. */
export function Said() {
  const { text, id } = useContext(SaidContext);
  return (
    <div className="said-place" role="status">
      {text !== "" && (
        <p key={id} className="said">
          {text}
        </p>
      )}
    </div>
  );
}
