import type { Answers } from "@snug/protocol";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import { pathOfFile, type Http } from "./http.ts";
import { Cell, once, type Readable } from "./store.ts";

interface Known {
  readonly url: Cell<string | null>;
  readonly whole: Readable<string | null>;
  readonly preview: Readable<string | null>;
  /** How many look at it. */
  watchers: number;
  /** Whose it is, and until when it is good. */
  token: string | null;
  until: number;
}

/** Milliseconds before its end at which an address is asked for anew. */
const EARLY = 60_000;

/** Where files are, for `<img>` and the like, which send no token: with one, addresses are signed. */
export class FileUrls {
  readonly #http: Http;
  readonly #credentials: Pick<Credentials, "current" | "canRenew">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(http: Http, credentials: Pick<Credentials, "current" | "canRenew">, clock: Clock) {
    this.#http = http;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** `null` until it is known; the same object for the same id. */
  of(id: string, { preview = false } = {}): Readable<string | null> {
    const known = this.#known.get(id) ?? this.#add(id);
    return preview ? known.preview : known.whole;
  }

  /** There is a connection again: what could not be asked for, or is another's by now, is. */
  again(): void {
    for (const [id, known] of this.#known) if (known.watchers > 0) void this.#look(id, known);
  }

  #add(id: string): Known {
    const { current, canRenew } = this.#credentials;
    const isByCookie = current === null && !canRenew;
    const url = new Cell(isByCookie ? `${this.#http.url}${pathOfFile(id)}` : null);
    const as = (change: (url: string) => string): Readable<string | null> => {
      const get = () => (url.get() === null ? null : change(url.get() ?? ""));
      return {
        initial: get(),
        get,
        subscribe: (listener) => {
          known.watchers++;
          void this.#look(id, known);
          const undo = url.subscribe(listener);
          return once(() => {
            known.watchers--;
            undo();
          });
        },
      };
    };
    const whole = as((one) => one);
    const preview = as((one) => `${one}${one.includes("?") ? "&" : "?"}preview`);
    const until = isByCookie ? Infinity : 0;
    const known: Known = { url, whole, preview, watchers: 0, token: null, until };
    this.#known.set(id, known);
    return known;
  }

  async #look(id: string, known: Known): Promise<void> {
    const token = this.#credentials.current;
    // Not connected yet; see `again`.
    if (token === null && this.#credentials.canRenew) return;
    if (token === known.token && this.#clock.now() < known.until - EARLY) return;
    Object.assign(known, { token, until: Infinity });
    if (token === null) return known.url.set(`${this.#http.url}${pathOfFile(id)}`);
    const link = await this.#http.call<Answers["FileLink"]>("GET", `${pathOfFile(id)}/link`);
    if (known.token !== token) return;
    known.until = link.ok ? link.value.until : 0;
    known.url.set(link.ok ? this.#http.url + link.value.url : null);
  }
}
