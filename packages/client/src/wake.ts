/** What a browser tells of its network and its page; elsewhere nothing. */
export interface WakeListener {
  /** It may go better now: the network is back, or somebody looks at the page again. */
  readonly wake: () => void;
  /** It may go worse: what was connected should prove it. */
  readonly doubt: () => void;
}

export function listenForWake({ wake, doubt }: WakeListener): () => void {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const visible = () => document.visibilityState === "visible" && wake();
  const events = [
    [window, "online", wake],
    [window, "offline", doubt],
    [window, "pageshow", wake],
    [document, "visibilitychange", visible],
  ] as const;
  for (const [target, name, listener] of events) target.addEventListener(name, listener);
  return () => {
    for (const [target, name, listener] of events) target.removeEventListener(name, listener);
  };
}
