/** Which origin is ours, and which others may sign people in. */
export class Origins {
  readonly #own: string | null;
  readonly #allowed: ReadonlySet<string>;

  /** @param own the public address; without it, whatever scheme and host a request came to */
  constructor(own: string | null, allowed: readonly string[]) {
    this.#own = own;
    this.#allowed = new Set(allowed);
  }

  own(request: Request): string {
    return this.#own ?? new URL(request.url).origin;
  }

  isHttps(request: Request): boolean {
    return this.own(request).startsWith("https:");
  }

  isOwn(request: Request): boolean {
    return request.headers.get("origin") === this.own(request);
  }

  /** Whether one of our own pages asks. */
  isSameOrigin(request: Request): boolean {
    return request.headers.get("sec-fetch-site") === "same-origin" || this.isOwn(request);
  }

  /** Whether this request may sign somebody in: ours, allowed, or not from a page at all. */
  maySignIn(request: Request): boolean {
    const origin = request.headers.get("origin");
    return origin === null || origin === this.own(request) || this.#allowed.has(origin);
  }

  isAllowed(origin: string | null): origin is string {
    return origin !== null && this.#allowed.has(origin);
  }
}
