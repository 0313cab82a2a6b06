import { fail, isEmoji, succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { reactDraft } from "../draft.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore } from "../ports.ts";
import type { Rates } from "../rates.ts";
import { settled, type Settling } from "../settled.ts";

/** Puts one's own reaction to a message, or takes it back. */
export async function react(
  world: PlaceWorld & {
    readonly store: Pick<LogStore, "append">;
    readonly ids: Ids;
    readonly rates: Rates;
  },
  actor: Actor,
  { room: id, seq, emoji, on }: { room: string; seq: number; emoji: string; on: boolean },
): Promise<Result<Settling<null>>> {
  const entered = await enter(world, actor, "post", id);
  if (!entered.ok) return entered;
  if (!isEmoji(emoji))
    return fail("invalid_request", "emoji must be one emoji.", { field: "emoji" });
  const { room } = entered.value;
  const refused = world.rates.refuse("roomSends", room.id);
  if (refused !== null) return refused;
  const draft = reactDraft(world.ids, room.id, actor.user.id, { target: seq, emoji, on });
  return succeed({ outcome: settled(world.store.append(draft)) });
}
