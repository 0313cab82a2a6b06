import {
  fail,
  fold,
  succeed,
  textSays,
  type Event,
  type Message,
  type Result,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { editDraft } from "../draft.ts";
import { messageText } from "../event-text.ts";
import { whomItMentions, type MentionWorld } from "../mentions.ts";
import { enterMessage, refusal, type PlaceWorld } from "../place.ts";
import type { Appended, Ids, LogStore, Refused } from "../ports.ts";
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
  const { room, message } = entered.value;
  if (text === "" && message.files.length === 0) return saysNothing;
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
    const now = await world.store.message(room.id, seq);
    // Cleared away since: it was edited all the same.
    return succeed(messageText(now === null ? after(message, edited) : now.json));
  };
  return succeed({ outcome: outcome() });
}

const saysNothing = fail("invalid_request", `text ${textSays.empty}.`, { field: "text" });

function after(message: Message, edited: Exclude<Appended, Refused>): string {
  const isStored = edited.kind === "stored";
  return JSON.stringify(isStored ? fold(message, JSON.parse(edited.event.json) as Event) : message);
}
