import { fail, succeed, type Result, type User, type UserId } from "@snug/protocol";
import { invitedDraft, welcome } from "../draft.ts";
import { newDevice } from "../new-session.ts";
import { refusal } from "../place.ts";
import type { Clock, Draft, Ids, Store } from "../ports.ts";
import type { Rates } from "../rates.ts";

interface World {
  readonly store: Pick<Store, "addUser" | "invite">;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface GuestInput {
  readonly name: string;
  readonly device: string;
  readonly invite?: string | undefined;
  /** Where from: newcomers are counted by it. */
  readonly address: string;
}

/** A new person without an account, signed in, and where their invite leads, or else in `general`. */
export async function becomeGuest(
  world: World & { readonly rates: Rates },
  _nobody: null,
  { name, device, invite, address }: GuestInput,
): Promise<Result<{ user: User; token: string }>> {
  const tooMany = world.rates.refuse("newcomers", address);
  if (tooMany !== null) return tooMany;
  const { store, clock, ids } = world;
  const user: User = { id: ids.id() as UserId, name, guest: true };
  const joins = await joinsFor(world, user, invite);
  if (!joins.ok) return joins;
  const { session, token } = newDevice(world, device);
  const added = await store.addUser(
    { id: user.id, name, createdAt: clock.now(), account: null },
    session,
    joins.value,
  );
  if (added.kind === "refused") return refusal(added);
  return succeed({ user, token });
}

/** Who comes by invite is only where it leads. */
export async function joinsFor(
  { store, ids }: Pick<World, "ids"> & { readonly store: Pick<Store, "invite"> },
  user: { id: UserId; name: string },
  invite: string | undefined,
): Promise<Result<Draft[]>> {
  if (invite === undefined) return succeed(welcome(ids, user));
  const hash = ids.hash(invite);
  const found = await store.invite(hash);
  if (found === null) {
    return fail("forbidden", "This invite is used up or over. Ask for another.", {
      field: "invite",
    });
  }
  return succeed([invitedDraft(ids, user, { ...found, hash })]);
}
