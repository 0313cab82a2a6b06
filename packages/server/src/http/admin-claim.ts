import { fail, succeed, type Result } from "@snug/protocol";
import { Talk, type House } from "../core/talk.ts";

/** What nodes tell each other of it: hashes of words that they gave out, or that one of them was used. */
type Said = { readonly good: readonly string[] } | { readonly good: null };

const OWN = "";

/** Who may become the first administrator; the store sees to it that there is one first. */
export class AdminClaim {
  readonly #isFirstAccount: boolean;
  readonly #hasAdministrator: () => Promise<boolean>;
  readonly #hash: (word: string) => string;
  readonly #talk: Talk<Said>;
  /** By the hashes of words that are good, which node gave them out; compared so, no time tells how much fits. */
  readonly #words = new Map<string, string>();
  /** Those of them by which an account is being made here. */
  readonly #taken = new Set<string>();

  /** @param isFirstAccount it takes no word: the first account is it */
  constructor(isFirstAccount: boolean, hasAdministrator: () => Promise<boolean>, house: House) {
    this.#isFirstAccount = isFirstAccount;
    this.#hasAdministrator = hasAdministrator;
    this.#hash = house.hash;
    this.#talk = new Talk<Said>(house, "claim", {
      heard: ({ good }, node) => {
        if (good === null) this.#words.clear();
        else for (const hash of good) this.#words.set(hash, node);
      },
      wanted: () => this.#tell(),
      gone: (node) => this.#forget(node),
    });
  }

  /** Whether a word of this node's waits to be used. */
  get isOffered(): boolean {
    return [...this.#words.values()].includes(OWN);
  }

  /** From now on this word is good, once, on every node while this one lives. */
  offer(word: string): void {
    this.#words.set(this.#hash(word), OWN);
    this.#tell();
  }

  /** The word is in use until it is given back; one that is wrong or in use is refused, so that nobody believes to be what they are not. */
  async take(word: string | undefined): Promise<Result<{ claimsAdmin: boolean; byWord: boolean }>> {
    if (this.#isFirstAccount) return succeed({ claimsAdmin: true, byWord: false });
    if (word === undefined) return succeed({ claimsAdmin: false, byWord: false });
    const hash = this.#hash(word);
    if (!this.#words.has(hash) || this.#taken.has(hash)) return spent;
    this.#taken.add(hash);
    try {
      // That one was used on another node may not have been heard of yet.
      if (!(await this.#hasAdministrator())) return succeed({ claimsAdmin: true, byWord: true });
    } catch (fault) {
      this.#taken.delete(hash);
      throw fault;
    }
    this.#taken.delete(hash);
    return spent;
  }

  /** It came to no account. */
  giveBack(word: string): void {
    this.#taken.delete(this.#hash(word));
  }

  /** Somebody is administrator: no other word is good any more. */
  end(): void {
    this.#words.clear();
    this.#talk.tell({ good: null });
  }

  close(): void {
    this.#talk.close();
  }

  #tell(): void {
    const own = [...this.#words].flatMap(([hash, node]) => (node === OWN ? [hash] : []));
    if (own.length > 0) this.#talk.tell({ good: own });
  }

  #forget(gone: string): void {
    for (const [hash, node] of this.#words) if (node === gone) this.#words.delete(hash);
  }
}

const spent = fail(
  "forbidden",
  "This link was used, or belongs to another start of the server, which prints a new one while there is no administrator.",
  { field: "claim" },
);
