import { type ReactNode, useEffect, useRef, useState } from "react";

/** A button for what cannot be undone: says what will happen, and does it when told again. */
export function AskOnce({
  label,
  question,
  yes,
  busy,
  onYes,
  className = "quiet-danger",
}: {
  label: ReactNode;
  question: ReactNode;
  yes: string;
  busy: boolean;
  /** Whether it is done, where this stays to be seen afterwards: it asks no more then. */
  onYes: () => Promise<boolean> | void;
  className?: string;
}) {
  const [asking, setAsking] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (asking) {
      first.current?.focus();
      // The focus brings its button into view, not what it answers.
      first.current?.closest(".ask")?.scrollIntoView({ block: "nearest" });
    } else if (asked.current) opener.current?.focus();
    asked.current = asking;
  }, [asking]);
  async function agree() {
    if ((await onYes()) === true) setAsking(false);
  }
  if (!asking) {
    return (
      <button ref={opener} type="button" className={className} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  }
  return (
    <div className="ask" role="group" aria-label={yes}>
      <p>{question}</p>
      <div className="ask-actions">
        <button ref={first} type="button" className="quiet" onClick={() => setAsking(false)}>
          Cancel
        </button>
        <button type="button" className="danger" aria-disabled={busy} onClick={() => void agree()}>
          {yes}
        </button>
      </div>
    </div>
  );
}
