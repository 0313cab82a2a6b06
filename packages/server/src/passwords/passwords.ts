import { limits } from "@snug/protocol";
import type { Passwords } from "../core/ports.ts";
import { Turns } from "../core/turns.ts";

/** At most so many at once: each takes 19 MiB and a core for some 25 ms. */
const AT_ONCE = 2;

/** Argon2id with the lowest of the settings that OWASP recommends for it, off the main thread. */
export interface Argon2id {
  /** Of this form on every runtime: `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. */
  hash(password: string): Promise<string>;
  verify(password: string, hash: string): Promise<boolean>;
}

export const MEMORY_KIB = 19_456;
export const PASSES = 2;

export function passwordsBy(argon2id: Argon2id): Passwords {
  const turns = new Turns(AT_ONCE, limits.passwordQueue);
  // A hash that fits nothing, for names that are nobody's.
  const nobodys = turns.take(() => argon2id.hash(crypto.randomUUID()));
  return {
    hash: (password) => turns.take(() => argon2id.hash(password)),
    async verify(password, hash) {
      const against = hash ?? (await nobodys);
      if (against === null) return null;
      const fits = await turns.take(() => argon2id.verify(password, against));
      return fits === null ? null : fits && hash !== null;
    },
  };
}
