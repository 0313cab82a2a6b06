import { fail, succeed, type Result } from "@snug/protocol";

/** Who may become the first administrator; the store sees to it that there is one first. */
export class AdminClaim {
  #word: string | null | undefined;
  readonly #hash: (word: string) => string;

  /**
   * @param word what an account must bring, once; `null`: nothing, the first
   * account is it; `undefined`: nobody becomes it
   * @param hash the words are compared by, so that no time tells how much fits
   */
  constructor(word: string | null | undefined, hash: (word: string) => string) {
    this.#word = word;
    this.#hash = hash;
  }

  /** Uses the word up; one that is wrong or was used is refused, so that nobody believes to be what they are not. */
  take(word: string | undefined): Result<{ claimsAdmin: boolean; byWord: boolean }> {
    if (this.#word === null) return succeed({ claimsAdmin: true, byWord: false });
    if (word === undefined) return succeed({ claimsAdmin: false, byWord: false });
    if (this.#word === undefined || this.#hash(word) !== this.#hash(this.#word)) return spent;
    this.#word = undefined;
    return succeed({ claimsAdmin: true, byWord: true });
  }

  /** It came to no account. */
  giveBack(word: string | undefined): void {
    this.#word = word;
  }
}

const spent = fail(
  "forbidden",
  "This link was used, or belongs to another start of the server, which prints a new one while there is no administrator.",
  { field: "claim" },
);
