import { fail, succeed, type Result, type User, type UserId } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { busy } from "../back-off.ts";
import { newDevice } from "../new-session.ts";
import { refusal } from "../place.ts";
import type { Clock, Ids, Passwords, Store } from "../ports.ts";
import type { Rates } from "../rates.ts";
import { joinsFor } from "./become-guest.ts";

export interface SignUpInput {
  readonly username: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly invite?: string | undefined;
  readonly device: string;
  /** Where from: newcomers are counted by it. */
  readonly address: string;
  /** Becomes administrator if there is none. */
  readonly claimsAdmin: boolean;
}

/** An account: a new person's, or that of the guest who asks, who stays who they are. */
export async function signUp(
  world: {
    readonly store: Pick<Store, "addUser" | "addAccount" | "addSession" | "invite" | "endSessions">;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly passwords: Passwords;
    readonly rates: Rates;
  },
  actor: Actor | null,
  { username, password, name, invite, device, address, claimsAdmin }: SignUpInput,
): Promise<Result<{ user: User; token: string }>> {
  const { store, clock, ids, passwords } = world;
  const tooMany = world.rates.refuse("newcomers", address);
  if (tooMany !== null) return tooMany;
  const passwordHash = await passwords.hash(password);
  if (passwordHash === null) return busy;
  const account = { username, passwordHash, claimsAdmin };
  const { session, token } = newDevice(world, device);
  if (actor?.user.guest === true && actor.scope === null) {
    const added = await store.addAccount(actor.user.id, name ?? null, account);
    if (added.kind === "username_taken") return taken;
    if (added.kind === "added") {
      await store.addSession(actor.user.id, session);
      // The guest's own token is worth more now than when it was given.
      await store.endSessions(actor.user.id, session.id);
      return succeed({ user: added.user, token });
    }
  }
  const user: User = { id: ids.id() as UserId, name: name ?? username, guest: false, username };
  const joins = await joinsFor(world, user, invite);
  if (!joins.ok) return joins;
  const added = await store.addUser(
    { id: user.id, name: user.name, createdAt: clock.now(), account },
    session,
    joins.value,
  );
  switch (added.kind) {
    case "added":
      return succeed({ user, token });
    case "username_taken":
      return taken;
    case "refused":
      return refusal(added);
  }
}

const taken = fail("username_taken", "Somebody has this username. Choose another, or sign in.", {
  field: "username",
});
