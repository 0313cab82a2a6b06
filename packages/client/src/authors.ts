import type { User } from "@snug/protocol";
import type { Author } from "./api.ts";
import type { Http } from "./http.ts";
import { isPassing } from "./problem.ts";

/** Whose ids were seen in a room, and looking up those who were not. */
export class Authors {
  readonly #http: Http;
  readonly #changed: (author: Author) => void;
  readonly #known = new Map<string, Author>();
  readonly #asked = new Set<string>();
  #life = new AbortController();

  constructor(http: Http, changed: (author: Author) => void) {
    this.#http = http;
    this.#changed = changed;
  }

  get = (id: string): Author | null => this.#known.get(id) ?? null;

  meet(users: Readonly<Record<string, User>>): void {
    for (const user of Object.values(users)) this.#known.set(user.id, user);
  }

  /** By this name from now on, also above what they said before. */
  rename(author: Author): void {
    const known = this.#known.get(author.id);
    const isSame = known?.name === author.name && known.avatar === author.avatar;
    this.#known.set(author.id, author);
    if (!isSame) this.#changed(author);
  }

  async lookUp(id: string): Promise<void> {
    if (this.#asked.has(id) || this.#known.has(id)) return;
    this.#asked.add(id);
    const found = await this.#http.call<{ user: User }>(
      "GET",
      `/v1/users/${encodeURIComponent(id)}`,
      { signal: this.#life.signal },
    );
    // Whoever is not to be found is not looked for with each message.
    if (found.ok) this.rename(found.value.user);
    else if (isPassing(found.error)) this.#asked.delete(id);
  }

  /** Asks for nobody any more, and for everybody anew when they are met again. */
  stop(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#asked.clear();
  }
}
