/** What a browser tells of its network and its page; elsewhere nothing. */
export interface WakeListener {
  /** It may go better now: the network is back, or somebody looks at the page again. */
  readonly wake: () => void;
  /** It may go worse: what was connected should prove it. */
  readonly doubt: () => void;
}

export function listenForWake({ wake, doubt }: WakeListener): () => void {
  if (typeof document === "undefined") return () => {};
  const visible = () => document.visibilityState === "visible" && wake();
  // A page that is shown for the first time has only just begun to connect.
  const back = (event: Event) => (event as PageTransitionEvent).persisted && wake();
  const events = [
    [window, "online", wake],
    [window, "offline", doubt],
    [window, "pageshow", back],
    [document, "visibilitychange", visible],
  ] as const;
  for (const [target, name, listener] of events) target.addEventListener(name, listener);
  return () => {
    for (const [target, name, listener] of events) target.removeEventListener(name, listener);
  };
}
