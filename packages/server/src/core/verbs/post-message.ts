import { fail, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { messageText, postedBody } from "../event-text.ts";
import { enter, refusal, type PlaceWorld } from "../place.ts";
import type { Appended, Ids, LogStore } from "../ports.ts";
import type { Rates } from "../rates.ts";

export interface Posted {
  /** The message as JSON. */
  readonly message: string;
  /** The same was sent before; this is that first message. */
  readonly repeated: boolean;
}

/**
 * Answers once the message has its place in the queue to the store, so that a
 * sender's next command cannot overtake it. `outcome` answers after the commit
 * and throws what the store threw.
 */
export async function postMessage(
  world: PlaceWorld & {
    readonly store: Pick<LogStore, "append">;
    readonly ids: Ids;
    readonly rates: Rates;
  },
  actor: Actor,
  { room, clientId, text }: { room: string; clientId: string; text: string },
): Promise<Result<{ outcome: Promise<Result<Posted>> }>> {
  const entered = await enter(world, actor, "post", room);
  if (!entered.ok) return entered;
  // Counted for those alone who may send here: nobody else can use up a room's share.
  const refused = world.rates.refuse("roomSends", entered.value.room.id);
  if (refused !== null) return refused;
  const by = actor.user.id;
  const body = postedBody(by, clientId, text);
  const appended = world.store.append({
    room: entered.value.room.id,
    id: world.ids.id(),
    type: "message.posted",
    by,
    needs: "post",
    clientId,
    body,
    effect: null,
  });
  return succeed({ outcome: appended.then(toPosted) });
}

function toPosted(appended: Appended): Result<Posted> {
  switch (appended.kind) {
    case "stored":
    case "repeated":
      return succeed({
        message: messageText(appended.event.json),
        repeated: appended.kind === "repeated",
      });
    case "conflict":
      return fail(
        "client_id_conflict",
        "This clientId was used for another message; take a new one.",
        { field: "clientId" },
      );
    case "refused":
      return refusal(appended);
    case "unchanged":
      throw new Error("a message has no effect that could be there already");
  }
}
