import type { SessionId } from "@snug/protocol";
import type { Clock, Ids, NewSession, Scope } from "./ports.ts";

interface World {
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
}

interface Made {
  readonly session: NewSession;
  /** What says so; only its hash is stored. */
  readonly token: string;
}

/** A device that is signed in. */
export function newDevice(world: World, device: string): Made {
  return make(world, { kind: "device", device, scope: null }, null);
}

/** What a program uses, for `ttl` seconds or until it is revoked. */
export function newToken(world: World, scope: Scope, ttl: number | null): Made {
  return make(world, { kind: "token", device: "token", scope }, ttl);
}

function make(
  { clock, ids }: World,
  what: Pick<NewSession, "kind" | "device" | "scope">,
  ttl: number | null,
): Made {
  const token = ids.token();
  const createdAt = clock.now();
  const session: NewSession = {
    ...what,
    id: ids.id() as SessionId,
    tokenHash: ids.hash(token),
    createdAt,
    expiresAt: ttl === null ? null : createdAt + ttl * 1_000,
  };
  return { session, token };
}
