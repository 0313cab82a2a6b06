import type { ClientProblem, Outcome } from "@snug/client";
import { useRef, useState } from "react";

export interface Deed {
  readonly busy: boolean;
  readonly problem: Pick<ClientProblem, "detail" | "field" | "code"> | null;
  /** Does one thing at a time; `null` where another is still being done. */
  readonly run: <Value>(act: () => Promise<Outcome<Value>>) => Promise<Outcome<Value> | null>;
  /** Says what is wrong before anything is asked of the server. */
  readonly object: (detail: string, field?: string) => void;
}

/** Something that somebody asked for: whether it is being done, and why it was not. */
export function useDeed(): Deed {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Deed["problem"]>(null);
  const running = useRef(false);
  return {
    busy,
    problem,
    async run(act) {
      if (running.current) return null;
      running.current = true;
      setBusy(true);
      setProblem(null);
      const outcome = await act();
      running.current = false;
      setBusy(false);
      if (!outcome.ok) setProblem(outcome.error);
      return outcome;
    },
    object: (detail, field) =>
      setProblem({ code: "invalid_request", detail, ...(field !== undefined && { field }) }),
  };
}
