import type { ChatOptions, Outcome } from "./api.ts";
import type { Clock } from "./clock.ts";
import { fail, succeed } from "./problem.ts";

/** Milliseconds that a token provider may take. */
const PROVIDER = 10_000;

/** Where the bearer token comes from; `null` where the cookie says who one is. */
export class Credentials {
  readonly #given: ChatOptions["token"];
  readonly #clock: Clock;
  #token: string | null;

  constructor(given: ChatOptions["token"], clock: Clock) {
    this.#given = given;
    this.#clock = clock;
    this.#token = typeof given === "string" ? given : null;
  }

  /** The token in use, without asking anybody. */
  get current(): string | null {
    return this.#token;
  }

  /** From now on this one. */
  use(token: string | null): void {
    this.#token = token;
  }

  get canRenew(): boolean {
    return typeof this.#given === "function";
  }

  /** The token in use, or one from the provider, unless that is given up first. */
  async token(signal?: AbortSignal): Promise<Outcome<string | null>> {
    if (this.#token !== null || typeof this.#given !== "function") return succeed(this.#token);
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      const tooLate = () => reject(new Error("it took too long"));
      cancel = this.#clock.after(PROVIDER, tooLate);
      signal?.addEventListener("abort", tooLate);
    });
    try {
      const token: unknown = await Promise.race([this.#given(), late]);
      if (typeof token !== "string" || token === "") throw new Error("it gave no token");
      this.#token = token;
      return succeed(token);
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      return fail({ code: "no_token", detail: `The token provider failed: ${why}.` });
    } finally {
      cancel();
    }
  }
}
