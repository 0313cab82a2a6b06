import { fail, limits, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import type { Chat } from "../core/chat.ts";
import type { Clock, FileStore } from "../core/ports.ts";

interface World {
  readonly chat: Chat;
  readonly clock: Pick<Clock, "now">;
  readonly store: Pick<FileStore, "linkKey">;
}

/** Addresses change no more often than this, so that a browser knows a picture again. */
const STEP = limits.fileLinkMs / 2;
const algorithm = { name: "HMAC", hash: "SHA-256" };

const badAddress = fail(
  "unauthorized",
  "This address is over, or was not signed for this file. Ask for a new one: GET /v1/files/ID/link.",
);

/**
 * Addresses that open one file for one session, for `<img>` and the like, which send no
 * headers. Whoever has one can no more than that session: it has to live, and its user
 * has to be let in, at each use.
 */
export class FileLinks {
  readonly #world: World;
  #key: Promise<CryptoKey> | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  /** The store may have another key. */
  forget(): void {
    this.#key = null;
  }

  async sign(file: string, { session, user, scope, expiresAt }: Actor) {
    // Of a token of the host's nothing is kept; it is as good as its user until it ends.
    const whose = scope !== null && "rooms" in scope ? user.id : session;
    const end = (Math.ceil(this.#world.clock.now() / STEP) + 1) * STEP;
    const until = expiresAt === null ? end : Math.min(end, expiresAt);
    const proof = await crypto.subtle.sign("HMAC", await this.#open(), said(file, whose, until));
    const query = new URLSearchParams({
      for: whose,
      until: String(until),
      proof: Buffer.from(proof).toString("base64url"),
    });
    return { url: `${pathOf(file)}?${query}`, until };
  }

  /** Whom the address was signed for, or why it lets nobody in; `null`: it is not signed. */
  async actor({ url, headers }: Request, file: string): Promise<Result<Actor> | null> {
    const query = new URL(url).searchParams;
    const [whose, until, proof] = [query.get("for"), query.get("until"), query.get("proof")];
    if (proof === null || headers.has("authorization")) return null;
    const isLate = !(Number(until) > this.#world.clock.now());
    if (whose === null || isLate || !(await this.#isProven(file, whose, Number(until), proof)))
      return badAddress;
    const actor = await this.#world.chat.actorOf(whose);
    return actor === null ? badAddress : succeed(actor);
  }

  async #isProven(file: string, whose: string, until: number, proof: string): Promise<boolean> {
    const bytes = Buffer.from(proof, "base64url");
    return crypto.subtle.verify("HMAC", await this.#open(), bytes, said(file, whose, until));
  }

  #open(): Promise<CryptoKey> {
    this.#key ??= this.#world.store
      .linkKey()
      .then((bytes) =>
        crypto.subtle.importKey("raw", new Uint8Array(bytes), algorithm, false, ["sign", "verify"]),
      )
      .catch((fault: unknown) => {
        this.#key = null;
        throw fault;
      });
    return this.#key;
  }
}

export function pathOf(file: string): string {
  return `/v1/files/${file}`;
}

/** No part can hold a line's end, so no two of them read the same. */
function said(file: string, whose: string, until: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${file}\n${whose}\n${until}`);
}
