import type { Chance } from "../chance.ts";
import type { Wanted } from "../history.ts";
import type { Json } from "../replay/wire.ts";

/** A change as a frame asks for it. Pins and clears have none. */
export function commandOf(want: Wanted): Json {
  switch (want.type) {
    case "message.edited":
      return { type: "edit-message", seq: want.target, text: want.text };
    case "message.deleted":
      return { type: "delete-message", seq: want.target };
    case "reaction.added":
    case "reaction.removed": {
      const type = want.type === "reaction.added" ? "add-reaction" : "remove-reaction";
      return { type, seq: want.target, emoji: want.emoji };
    }
    case "message.pinned":
    case "message.unpinned":
    case "room.cleared":
      throw new Error(`no frame asks for ${want.type}`);
  }
}

/** A change as a call asks for it, below the room's messages. */
export function callOf(want: Wanted): [method: string, path: string, body?: object] {
  switch (want.type) {
    case "message.edited":
      return ["PATCH", `/${want.target}`, { text: want.text }];
    case "message.deleted":
      return ["DELETE", `/${want.target}`];
    case "message.pinned":
    case "message.unpinned":
      return [want.type === "message.pinned" ? "PUT" : "DELETE", `/${want.target}/pin`];
    case "reaction.added":
    case "reaction.removed": {
      const method = want.type === "reaction.added" ? "PUT" : "DELETE";
      return [method, `/${want.target}/reactions/${encodeURIComponent(want.emoji)}`];
    }
    case "room.cleared":
      return ["DELETE", ""];
  }
}

const emojis = ["👍", "❤️", "👩‍👩‍👧"];

/** What somebody may want of a message: mostly what they may have, of what is there. */
export function anyWish(chance: Chance, target: number, says: string, pins: boolean): Wanted {
  const draw = chance.next();
  if (draw < 0.3) return { type: "message.edited", target, text: says };
  if (draw < 0.55) return { type: "message.deleted", target };
  if (pins && draw < 0.65)
    return { type: chance.next() < 0.7 ? "message.pinned" : "message.unpinned", target };
  const type = chance.next() < 0.7 ? "reaction.added" : "reaction.removed";
  return { type, target, emoji: chance.one(emojis) };
}
