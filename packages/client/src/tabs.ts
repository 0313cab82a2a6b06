import type { Message } from "@snug/protocol";
import type { Entry } from "./outbox-storage.ts";

/** What tabs of one browser tell each other about their common outbox. */
export type TabNews =
  | { readonly kind: "put"; readonly entry: Entry }
  | { readonly kind: "sent"; readonly clientId: string; readonly message: Message }
  | { readonly kind: "discarded"; readonly clientId: string };

/** The other tabs, and which of all is the one that sends. */
export interface Tabs {
  readonly leads: boolean;
  tell(news: TabNews): void;
  /** This is the tab that somebody writes in: from now on it sends. */
  lead(): void;
  close(): void;
}

/**
 * One tab sends at a time: the one that somebody wrote in last, because it is
 * surely awake, or after its end another. Two that both think so for a moment
 * do no harm, since the server stores each `clientId` once.
 */
export function joinTabs(
  name: string,
  on: { news: (news: TabNews) => void; lead: () => void },
): Tabs {
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(name);
  channel?.addEventListener("message", ({ data }: MessageEvent<TabNews>) => on.news(data));
  // Only pages have tabs beside them, and over plain HTTP browsers lend no locks: each tab sends then.
  const locks =
    typeof document === "undefined" || typeof navigator === "undefined"
      ? undefined
      : (navigator.locks as LockManager | undefined);
  let leads = locks === undefined;
  let closed = false;
  let waiting = new AbortController();
  let release = () => {};

  const hold = () => {
    if (closed) return undefined;
    leads = true;
    on.lead();
    return new Promise<void>((resolve) => (release = resolve));
  };
  const wait = () => {
    waiting = new AbortController();
    const { signal } = waiting;
    locks?.request(name, { signal }, hold).catch(() => signal.aborted || lost());
  };
  // A lock that is stolen rejects; then this tab waits for its turn again.
  const lost = () => {
    leads = false;
    if (!closed) wait();
  };
  wait();
  return {
    get leads() {
      return leads;
    },
    tell: (news) => channel?.postMessage(news),
    lead() {
      if (leads) return;
      waiting.abort();
      locks?.request(name, { steal: true }, hold).catch(lost);
    },
    close() {
      closed = true;
      waiting.abort();
      release();
      channel?.close();
    },
  };
}
