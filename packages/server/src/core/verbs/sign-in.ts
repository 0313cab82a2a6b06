import { fail, succeed, type Result, type User } from "@snug/protocol";
import { newDevice } from "../new-session.ts";
import type { Clock, Ids, Passwords, Store } from "../ports.ts";

/** A session of an account. Whatever is wrong gets the same answer, after the same work. */
export async function signIn(
  world: {
    readonly store: Pick<Store, "account" | "addSession">;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly passwords: Passwords;
  },
  _nobody: null,
  { username, password, device }: { username: string; password: string; device: string },
): Promise<Result<{ user: User; token: string }>> {
  const { store, passwords } = world;
  const account = await store.account(username);
  // Where there is no such account a password is checked all the same: time must not tell.
  const fits = await passwords.verify(password, account?.passwordHash ?? null);
  if (!fits || account === null) return wrong;
  const { session, token } = newDevice(world, device);
  await store.addSession(account.user.id, session);
  return succeed({ user: account.user, token });
}

const wrong = fail("bad_credentials", "Wrong username or password. Check both and try again.");
