import type { Caller } from "./caller.ts";

/** Which origin is ours, and which others may sign people in. */
export class Origins {
  readonly #own: string | null;
  readonly #allowed: ReadonlySet<string>;

  /** @param own the public address; without it, whatever scheme and host was asked for */
  constructor(own: string | null, allowed: readonly string[]) {
    this.#own = own;
    this.#allowed = new Set(allowed);
  }

  own(caller: Caller): string {
    return this.#own ?? caller.origin;
  }

  isHttps(caller: Caller): boolean {
    return this.own(caller).startsWith("https:");
  }

  isOwn(request: Request, caller: Caller): boolean {
    return request.headers.get("origin") === this.own(caller);
  }

  /** Whether one of our own pages asks. */
  isSameOrigin(request: Request, caller: Caller): boolean {
    return request.headers.get("sec-fetch-site") === "same-origin" || this.isOwn(request, caller);
  }

  /** Whether a page that is not ours asks. What is no browser says nothing of pages. */
  isElsewhere(request: Request, caller: Caller): boolean {
    const site = request.headers.get("sec-fetch-site");
    const origin = request.headers.get("origin");
    return (
      site === "cross-site" ||
      site === "same-site" ||
      (origin !== null && !this.isOwn(request, caller))
    );
  }

  /** Whether this request may sign somebody in: ours, allowed, or not from a page at all. */
  maySignIn(request: Request, caller: Caller): boolean {
    const origin = request.headers.get("origin");
    return origin === null || origin === this.own(caller) || this.#allowed.has(origin);
  }

  isAllowed(origin: string | null): origin is string {
    return origin !== null && this.#allowed.has(origin);
  }
}
