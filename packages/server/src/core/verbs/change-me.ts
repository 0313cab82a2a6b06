import { fail, succeed, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { busy, type BackOff } from "../back-off.ts";
import type { Passwords, Store } from "../ports.ts";

export interface MeChange {
  readonly name?: string;
  readonly avatar?: string;
  readonly password?: string;
  readonly currentPassword?: string;
}

/** One's own name, avatar and password. A new password ends all other sessions. */
export async function changeMe(
  {
    store,
    passwords,
    backOff,
  }: {
    readonly store: Pick<Store, "changeUser" | "passwordHash" | "endSessions">;
    readonly passwords: Passwords;
    readonly backOff: Pick<BackOff, "attempt">;
  },
  actor: Actor,
  { name, avatar, password, currentPassword, address }: MeChange & { address: string },
): Promise<Result<User>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to change who you are.");
  const change = { ...(name !== undefined && { name }), ...(avatar !== undefined && { avatar }) };
  if (password === undefined) return succeed(await store.changeUser(actor.user.id, change));
  const hash = await store.passwordHash(actor.user.id);
  if (hash === null) {
    return fail("forbidden", "A guest has no password; make an account first.", {
      field: "password",
    });
  }
  // Whoever found an open session guesses here as they would at the door.
  const { username = "" } = actor.user;
  const checked = await backOff.attempt(address, username, () =>
    passwords.verify(currentPassword ?? "", hash),
  );
  if (!checked.ok) return checked;
  if (!checked.value) {
    return fail("bad_credentials", "The current password is another. Nothing was changed.", {
      field: "currentPassword",
    });
  }
  const passwordHash = await passwords.hash(password);
  if (passwordHash === null) return busy;
  const user = await store.changeUser(actor.user.id, { ...change, passwordHash });
  await store.endSessions(actor.user.id, actor.session);
  return succeed(user);
}
