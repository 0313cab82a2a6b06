import { hash, verify, type Algorithm } from "@node-rs/argon2";
import type { Passwords } from "../core/ports.ts";
import { MEMORY_KIB, PASSES, passwordsBy } from "./passwords.ts";

/** The package's own name for it is an enum, of which nothing is there at run time. */
const ARGON2ID: Algorithm.Argon2id = 2;

const SETTINGS = {
  algorithm: ARGON2ID,
  memoryCost: MEMORY_KIB,
  timeCost: PASSES,
  parallelism: 1,
} as const;

export const nodePasswords = (): Passwords =>
  passwordsBy({
    hash: (password) => hash(password, SETTINGS),
    verify: (password, kept) => verify(kept, password),
  });
