import type { Passwords } from "../core/ports.ts";
import { MEMORY_KIB, PASSES, passwordsBy } from "./passwords.ts";

const SETTINGS = { algorithm: "argon2id", memoryCost: MEMORY_KIB, timeCost: PASSES } as const;

export const bunPasswords = (): Passwords =>
  passwordsBy({
    hash: (password) => Bun.password.hash(password, SETTINGS),
    verify: (password, hash) => Bun.password.verify(password, hash),
  });
