import type { Message } from "@snug/protocol";
import type { KeptEntry } from "./outbox-storage.ts";

/** What tabs of one browser tell each other about their common outbox. */
export type TabNews =
  | { readonly kind: "put"; readonly entry: KeptEntry }
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
  // Only pages have tabs beside them: two chats of one process have nothing in common.
  const isPage = typeof document !== "undefined";
  const channel = isPage ? new BroadcastChannel(name) : null;
  channel?.addEventListener("message", ({ data }: MessageEvent<TabNews>) => on.news(data));
  // Over plain HTTP browsers lend no locks: each tab sends then.
  const locks = isPage ? (navigator.locks as LockManager | undefined) : undefined;
  let leads = locks === undefined;
  let closed = false;
  let steals = false;
  let waiting = new AbortController();
  let release = () => {};

  const ask = (options: LockOptions) => {
    let had = false;
    const hold = () => {
      if (closed) return undefined;
      had = true;
      steals = false;
      leads = true;
      on.lead();
      return new Promise<void>((resolve) => (release = resolve));
    };
    locks?.request(name, options, hold).catch(() => {
      if (closed || options.signal?.aborted) return;
      // One that was had was stolen: wait for another turn. One that never was is not to be had here.
      leads = !had;
      if (had) wait();
      else on.lead();
    });
  };
  const wait = () => {
    waiting = new AbortController();
    ask({ signal: waiting.signal });
  };
  wait();
  return {
    get leads() {
      return leads;
    },
    tell: (news) => channel?.postMessage(news),
    lead() {
      if (leads || steals) return;
      // Once: a second theft would be from oneself.
      steals = true;
      waiting.abort();
      ask({ steal: true });
    },
    close() {
      closed = true;
      waiting.abort();
      release();
      channel?.close();
    },
  };
}
