import type { User } from "@snug/protocol";
import type { Author } from "./api.ts";
import { rest, type Clock } from "./clock.ts";
import type { Http } from "./http.ts";
import { isAway, RETRY, waitFor } from "./problem.ts";
import { isSame } from "./store.ts";

export interface AuthorsWorld {
  readonly http: Http;
  readonly clock: Clock;
  /** These are known now, or by another name. */
  changed(ids: ReadonlySet<string>): void;
}

/** Whose ids were seen in a room. Who is not known is asked for, one after the other, while there is a link. */
export class Authors {
  readonly #world: AuthorsWorld;
  readonly #known = new Map<string, Author>();
  /** Not known, and no answer yet. */
  readonly #sought = new Set<string>();
  /** Not to be found over this link. */
  readonly #missing = new Set<string>();
  #way: AbortController | null = null;
  #asks = false;

  constructor(world: AuthorsWorld) {
    this.#world = world;
  }

  get = (id: string): Author | null => this.#known.get(id) ?? null;

  /** By these names from now on, also above what they said before. */
  meet(authors: readonly Author[]): void {
    const fresh = authors.filter((one) => !isSame(one, this.#known.get(one.id) ?? {}));
    for (const one of fresh) this.#known.set(one.id, one);
    if (fresh.length > 0) this.#world.changed(new Set(fresh.map(({ id }) => id)));
  }

  lookUp = (ids: readonly string[]): void => {
    for (const id of ids)
      if (!this.#known.has(id) && !this.#missing.has(id) && id !== "@room") this.#sought.add(id);
    void this.#ask();
  };

  linked(): void {
    this.#way = new AbortController();
    void this.#ask();
  }

  unlinked(): void {
    this.#way?.abort();
    this.#way = null;
    this.#missing.clear();
  }

  /** Another person knows others. */
  forget(): void {
    this.#known.clear();
    this.#sought.clear();
  }

  async #ask(): Promise<void> {
    if (this.#asks) return;
    this.#asks = true;
    const { http, clock } = this.#world;
    for (;;) {
      // Who was met last is looked at now.
      const id = [...this.#sought].at(-1);
      if (id === undefined || this.#way === null) break;
      const { signal } = this.#way;
      const path = `/v1/users/${encodeURIComponent(id)}`;
      const found = await http.call<{ user: User }>("GET", path, { signal });
      if (signal.aborted) continue;
      if (!found.ok && isAway(found.error)) {
        await rest(signal, clock, waitFor(found.error, RETRY));
        continue;
      }
      this.#sought.delete(id);
      if (!found.ok) this.#missing.add(id);
      // What was heard of them meanwhile is newer.
      else if (!this.#known.has(id)) this.meet([found.value.user]);
    }
    this.#asks = false;
  }
}
