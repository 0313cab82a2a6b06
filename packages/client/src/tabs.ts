import type { Message } from "@snug/protocol";
import { lent, type KeptEntry } from "./outbox-storage.ts";

/** What tabs of one browser tell each other about their common outbox. */
export type TabNews =
  | { readonly kind: "put"; readonly entry: KeptEntry }
  | { readonly kind: "sent"; readonly clientId: string; readonly message: Message }
  | { readonly kind: "discarded"; readonly clientId: string }
  /** It is another person's: are they in a tab? They answer with `mine`. */
  | { readonly kind: "whose" | "mine"; readonly clientId: string };

/** The other tabs, and which of all those of one person is the one that sends. */
export interface Tabs {
  readonly leads: boolean;
  tell(news: TabNews): void;
  /** Whose tab this is from now on. */
  as(user: string | null): void;
  /** This is the tab that somebody writes in: from now on it sends. */
  lead(): void;
  close(): void;
}

/**
 * One tab of each person sends at a time: the one that was written in last, because
 * it is surely awake, or after its end another. Two that both think so for a moment
 * do no harm, since the server stores each `clientId` once.
 */
export function joinTabs(
  name: string,
  on: { news: (news: TabNews) => void; lead: () => void },
): Tabs {
  // Only pages have tabs beside them: two chats of one process have nothing in common.
  const isPage = typeof document !== "undefined";
  const channel = isPage ? lent(() => new BroadcastChannel(name)) : null;
  channel?.addEventListener("message", ({ data }: MessageEvent<TabNews>) => on.news(data));
  // Over plain HTTP browsers lend no locks: each tab sends then.
  const locks = isPage ? (navigator.locks as LockManager | undefined) : undefined;
  let whose: string | null = null;
  let leads = false;
  /** It was written in, and does not lead yet. */
  let steals = false;
  /** Aborted when it gives up its turn, or its place in the line. */
  let turn = new AbortController();

  const ask = () => {
    turn.abort();
    turn = new AbortController();
    leads = locks === undefined;
    if (whose === null) return;
    const { signal } = turn;
    let had = false;
    const hold = () => {
      if (signal.aborted) return undefined;
      had = leads = true;
      steals = false;
      on.lead();
      return new Promise<void>((release) => signal.addEventListener("abort", () => release()));
    };
    locks?.request(`${name} ${whose}`, steals ? { steal: true } : { signal }, hold).catch(() => {
      if (signal.aborted) return;
      // One that was had was stolen: wait for another turn. One that never was is not to be had here.
      if (had) return ask();
      leads = true;
      on.lead();
    });
  };
  return {
    get leads() {
      return leads;
    },
    tell: (news) => channel?.postMessage(news),
    as(user) {
      if (user === whose) return;
      whose = user;
      ask();
    },
    lead() {
      // Once: a second theft would be from oneself.
      if (leads || steals) return;
      steals = true;
      ask();
    },
    close() {
      turn.abort();
      channel?.close();
    },
  };
}
