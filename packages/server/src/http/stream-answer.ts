import { fail } from "@snug/protocol";
import type { Actor } from "../core/actor.ts";
import { tooManyConnections } from "../gateway/connection-places.ts";
import type { EventStream, StreamWire } from "../gateway/event-stream.ts";
import { sseResponse } from "../transport/sse.ts";
import { problem } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { HttpWorld } from "./route.ts";

export interface StreamCall {
  readonly world: HttpWorld;
  readonly request: Request;
  readonly caller: Caller;
  readonly actor: Actor;
}

/** Answers with a stream, if its user and its address have a place left for it. */
export function openStream(
  { world, request, caller, actor }: StreamCall,
  open: (wire: StreamWire) => EventStream,
): Response {
  // Calls are taken for a while after a token's end, and no stream would live that long.
  if (actor.expiresAt !== null && actor.expiresAt <= world.clock.now())
    return problem(fail("unauthorized", "The token is over: get another.").error);
  const leaveUser = world.places.ofUser.take(actor.user.id);
  const leaveAddress = leaveUser && world.places.ofAddress.take(caller.address);
  if (leaveAddress === null) {
    leaveUser?.();
    return problem(tooManyConnections.error);
  }
  return sseResponse(
    open,
    () => world.letGo(request),
    () => {
      leaveUser?.();
      leaveAddress();
    },
  );
}
