import { fail, succeed, type PresenceSetting, type Result, type User } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { busy, type BackOff } from "../back-off.ts";
import type { Ids, Passwords, Store, UserChange } from "../ports.ts";
import { tellName } from "../tell-name.ts";

export interface MeChange {
  readonly name?: string;
  readonly avatar?: string;
  readonly presence?: PresenceSetting;
  readonly receipts?: boolean;
  readonly password?: string;
  readonly currentPassword?: string;
}

interface World {
  readonly store: Pick<Store, "append" | "changeUser" | "passwordHash" | "roomsFor">;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly backOff: Pick<BackOff, "attempt">;
}

/** One's own name, avatar, settings and password. A new password ends all other sessions. */
export async function changeMe(
  world: World,
  actor: Actor,
  { password, currentPassword, address, ...change }: MeChange & { address: string },
): Promise<Result<User>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to change who you are.");
  const { store, passwords, backOff } = world;
  if (password === undefined) return apply(world, actor, change);
  const was = await store.passwordHash(actor.user.id);
  if (was === null) {
    return fail("forbidden", "A guest has no password; make an account first.", {
      field: "password",
    });
  }
  // Whoever found an open session guesses here as they would at the door.
  const { username = "" } = actor.user;
  const checked = await backOff.attempt(address, username, () =>
    passwords.verify(currentPassword ?? "", was),
  );
  if (!checked.ok) return checked;
  if (!checked.value) return wrong;
  const hash = await passwords.hash(password);
  if (hash === null) return busy;
  return apply(world, actor, { ...change, password: { hash, was, keeps: actor.session } });
}

async function apply(world: World, { user }: Actor, change: UserChange): Promise<Result<User>> {
  const changed = await world.store.changeUser(user.id, change);
  if (changed === null) return wrong;
  if (changed.name !== user.name) await tellName(world, changed);
  return succeed(changed);
}

const wrong = fail("bad_credentials", "The current password is another. Nothing was changed.", {
  field: "currentPassword",
});
