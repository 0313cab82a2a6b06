import type { SessionId } from "@snug/protocol";
import type { Clock, Ids, NewSession } from "./ports.ts";

/** A device that is signed in, and the token that says so. */
export function newDevice(
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
  device: string,
): { session: NewSession; token: string } {
  const token = ids.token();
  const session: NewSession = {
    id: ids.id() as SessionId,
    kind: "device",
    tokenHash: ids.hash(token),
    device,
    createdAt: clock.now(),
    scope: null,
    expiresAt: null,
  };
  return { session, token };
}
