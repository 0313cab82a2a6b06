import {
  fail,
  GENERAL,
  succeed,
  type Failure,
  type Result,
  type User,
  type UserId,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { busy } from "../back-off.ts";
import { joinDraft, roleDraft, type Person } from "../draft.ts";
import { newDevice } from "../new-session.ts";
import { refusal } from "../place.ts";
import type { Clock, Draft, Ids, Passwords, Refused, Store } from "../ports.ts";
import type { Rates } from "../rates.ts";
import { renames } from "../tell-name.ts";
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
    readonly store: Pick<Store, "addAccount" | "addUser" | "invite" | "roomsFor">;
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
  const accountOf = (user: Person) => ({
    username,
    passwordHash,
    asAdmin: claimsAdmin ? givingGeneral(ids, user) : null,
  });
  const { session, token } = newDevice(world, device);
  if (actor?.user.guest === true && actor.scope === null) {
    const guest = { ...actor.user, name: name ?? actor.user.name };
    const led = invite === undefined ? succeed([]) : await joinsFor(world, guest, invite);
    if (!led.ok) return led;
    const told = guest.name === actor.user.name ? [] : await renames(world, guest);
    const drafts = [...told, ...led.value];
    const account = accountOf(guest);
    const added = await store.addAccount(guest.id, name ?? null, account, session, drafts);
    if (added.kind === "added") return succeed({ user: added.user, token });
    if (added.kind !== "not_guest") return refused(added);
  }
  const user: User = { id: ids.id() as UserId, name: name ?? username, guest: false, username };
  const joins = await joinsFor(world, user, invite);
  if (!joins.ok) return joins;
  const added = await store.addUser(
    { id: user.id, name: user.name, createdAt: clock.now(), account: accountOf(user) },
    session,
    joins.value,
  );
  return added.kind === "added" ? succeed({ user, token }) : refused(added);
}

/** The first administrator runs the room that nobody made. */
function givingGeneral(ids: Ids, user: Person): Draft[] {
  return [
    joinDraft(ids, GENERAL, user, { role: "owner" }),
    roleDraft(ids, GENERAL, user, "owner", user.id),
  ];
}

function refused(why: Refused | { readonly kind: "username_taken" }): Failure {
  return why.kind === "refused" ? refusal(why) : taken;
}

const taken = fail("username_taken", "Somebody has this username. Choose another, or sign in.", {
  field: "username",
});
