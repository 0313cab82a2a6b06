import type { ClientProblem, Outcome } from "@snug/client";
import { useEffect, useState } from "react";

/** What a question to the server came to. While it is asked again, the last answer stays. */
export interface Answer<Value> {
  readonly value: Value | null;
  readonly problem: ClientProblem | null;
  readonly again: () => void;
}

/** Asks when drawn, and whenever `key` is another. */
export function useAnswer<Value>(key: string, ask: () => Promise<Outcome<Value>>): Answer<Value> {
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<{ key: string; outcome: Outcome<Value> } | null>(null);
  useEffect(() => {
    let over = false;
    void ask().then((outcome) => {
      if (!over) setHeld({ key, outcome });
    });
    return () => {
      over = true;
    };
    // What is asked is told by its key.
  }, [key, round]);
  const outcome = held?.key === key ? held.outcome : null;
  return {
    value: outcome?.ok === true ? outcome.value : null,
    problem: outcome?.ok === false ? outcome.error : null,
    again: () => setRound((before) => before + 1),
  };
}
