import {
  fail,
  GENERAL,
  succeed,
  type Result,
  type SessionId,
  type User,
  type UserId,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { busy } from "../back-off.ts";
import { joinDraft, roleDraft } from "../draft.ts";
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
    readonly store: Pick<
      Store,
      | "addAccount"
      | "addSession"
      | "addUser"
      | "append"
      | "endSession"
      | "endSessions"
      | "invite"
      | "lastAbout"
      | "sessions"
    >;
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
    const { user } = actor;
    const led = invite === undefined ? succeed([]) : await joinsFor(world, user, invite);
    if (!led.ok) return led;
    const added = await store.addAccount(user.id, name ?? null, account);
    if (added.kind === "username_taken") return taken;
    if (added.kind === "added") {
      for (const join of led.value) await store.append(join);
      await store.addSession(user.id, session);
      await endAllBut(session.id, user.id, store);
      if (added.admin) await giveGeneral(world, added.user);
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
      if (added.admin) await giveGeneral(world, user);
      return succeed({ user, token });
    case "username_taken":
      return taken;
    case "refused":
      return refusal(added);
  }
}

/** The first administrator runs the room that nobody made. */
async function giveGeneral(
  { store, ids }: { readonly store: Pick<Store, "append">; readonly ids: Ids },
  user: User,
): Promise<void> {
  await store.append(joinDraft(ids, GENERAL, user, { role: "owner" }));
  await store.append(roleDraft(ids, GENERAL, user, "owner", user.id));
}

/** What was given to the guest is worth more now, and may be in other hands. */
async function endAllBut(
  session: SessionId,
  user: UserId,
  store: Pick<Store, "sessions" | "endSession" | "endSessions">,
): Promise<void> {
  await store.endSessions(user, session);
  for (const { id } of await store.sessions(user, "token")) await store.endSession(user, id);
}

const taken = fail("username_taken", "Somebody has this username. Choose another, or sign in.", {
  field: "username",
});
