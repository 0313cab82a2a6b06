import { fail, succeed, type Result, type User } from "@snug/protocol";
import type { BackOff } from "../back-off.ts";
import { newDevice } from "../new-session.ts";
import type { Clock, Ids, Passwords, Store } from "../ports.ts";

export interface SignInInput {
  readonly username: string;
  readonly password: string;
  readonly device: string;
  /** Where from: wrong passwords are counted by it. */
  readonly address: string;
}

/** A session of an account. Whatever is wrong gets the same answer, after the same work. */
export async function signIn(
  world: {
    readonly store: Pick<Store, "account" | "addSession">;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly passwords: Passwords;
    readonly backOff: Pick<BackOff, "attempt">;
  },
  _nobody: null,
  { username, password, device, address }: SignInInput,
): Promise<Result<{ user: User; token: string }>> {
  const { store, passwords, backOff } = world;
  const found: { user: User; passwordHash: string }[] = [];
  const checked = await backOff.attempt(address, username, async () => {
    const account = await store.account(username);
    if (account !== null) found.push(account);
    // Where there is no such account a password is checked all the same: time must not tell.
    return passwords.verify(password, account?.passwordHash ?? null);
  });
  if (!checked.ok) return checked;
  const [account] = found;
  if (!checked.value || account === undefined) return wrong;
  const { user, passwordHash } = account;
  const { session, token } = newDevice(world, device);
  const isStillTheirs = await store.addSession(user.id, session, passwordHash);
  return isStillTheirs ? succeed({ user, token }) : wrong;
}

const wrong = fail("bad_credentials", "Wrong username or password. Check both and try again.");
