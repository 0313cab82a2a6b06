import { limits } from "@snug/protocol";
import type { Passwords } from "./core/ports.ts";
import { Turns } from "./core/turns.ts";

/** At most so many at once: each takes 19 MiB and a core for some 25 ms. */
const AT_ONCE = 2;

// The lowest of the settings that OWASP recommends for argon2id.
const SETTINGS = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

/** Argon2id by Bun, off the main thread. */
export function bunPasswords(): Passwords {
  const turns = new Turns(AT_ONCE, limits.passwordQueue);
  // A hash that fits nothing, for names that are nobody's.
  const nobodys = turns.take(() => Bun.password.hash(crypto.randomUUID(), SETTINGS));
  return {
    hash: (password) => turns.take(() => Bun.password.hash(password, SETTINGS)),
    async verify(password, hash) {
      const against = hash ?? (await nobodys);
      if (against === null) return null;
      const fits = await turns.take(() => Bun.password.verify(password, against));
      return fits === null ? null : fits && hash !== null;
    },
  };
}
