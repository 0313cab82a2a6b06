import { succeed, type Result } from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { editDraft } from "../draft.ts";
import { messageText } from "../event-text.ts";
import { whomItMentions, type MentionWorld } from "../mentions.ts";
import { enterMessage, notThere, refusal, type PlaceWorld } from "../place.ts";
import type { Ids, LogStore } from "../ports.ts";
import type { Rates } from "../rates.ts";
import type { Settling } from "../settled.ts";

type World = PlaceWorld &
  MentionWorld & {
    readonly store: Pick<LogStore, "append" | "message">;
    readonly ids: Ids;
    readonly rates: Rates;
  };

/** Changes what one's own message says; answers with the message as it is then, as JSON. */
export async function editMessage(
  world: World,
  actor: Actor,
  { room: id, seq, text }: { room: string; seq: number; text: string },
): Promise<Result<Settling<string>>> {
  const entered = await enterMessage(world, actor, "edit", { room: id, seq });
  if (!entered.ok) return entered;
  const { room } = entered.value;
  const refused = world.rates.refuse("roomSends", room.id);
  if (refused !== null) return refused;
  const by = actor.user.id;
  const mentions = await whomItMentions(world, room.id, by, text);
  const appended = world.store.append(
    editDraft(world.ids, room.id, by, { target: seq, text, mentions }),
  );
  const outcome = async () => {
    const edited = await appended;
    if (edited.kind === "refused") return refusal(edited);
    const message = await world.store.message(room.id, seq);
    return message === null ? notThere : succeed(messageText(message.json));
  };
  return succeed({ outcome: outcome() });
}
