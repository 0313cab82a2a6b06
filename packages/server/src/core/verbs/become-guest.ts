import {
  GENERAL,
  succeed,
  type Result,
  type SessionId,
  type User,
  type UserId,
} from "@snug/protocol";
import { joinedBody } from "../event-text.ts";
import type { Clock, Ids, Store } from "../ports.ts";

type World = { readonly store: Store; readonly clock: Clock; readonly ids: Ids };

/** A new person without an account, signed in, and in the room `general` already. */
export async function becomeGuest(
  { store, clock, ids }: World,
  _nobody: null,
  { name, device }: { name: string; device: string },
): Promise<Result<{ user: User; token: string }>> {
  const user: User = { id: ids.id() as UserId, name, guest: true };
  const token = ids.token();
  const session = {
    id: ids.id() as SessionId,
    tokenHash: ids.hash(token),
    device,
    createdAt: clock.now(),
  };
  await store.addUser(user, session, [
    {
      room: GENERAL,
      id: ids.id(),
      type: "member.joined",
      by: user.id,
      clientId: null,
      body: joinedBody(user),
    },
  ]);
  return succeed({ user, token });
}
