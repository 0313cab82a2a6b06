import type { Event } from "@snug/protocol";
import type { Effect } from "../../core/ports.ts";
import { parse } from "./messages.ts";

/**
 * What an event changed beside the log, as far as it says so itself: for who was cut
 * off when it happened. Invites are not named, nor whether somebody was banned too.
 */
export function effectOf(json: string): Effect | null {
  const event = parse<Event>(json);
  switch (event?.type) {
    case "message.posted": {
      const { replyTo, thread, mentions = [], files } = event;
      const ids = files.map(({ id }) => id);
      const isPlain = replyTo === null && thread === null && mentions.length + ids.length === 0;
      return isPlain ? null : { kind: "post", replyTo, thread, mentions, files: ids };
    }
    case "message.edited": {
      const { target, text, mentions = [] } = event;
      return { kind: "edit", target, text, mentions };
    }
    case "message.deleted":
      return { kind: "delete", target: event.target };
    case "message.pinned":
    case "message.unpinned":
      return { kind: "pin", target: event.target, on: event.type === "message.pinned" };
    case "reaction.added":
    case "reaction.removed": {
      const { target, emoji } = event;
      return { kind: "react", target, emoji, on: event.type === "reaction.added" };
    }
    case "member.joined":
      return { kind: "join", user: event.user.id, role: event.role ?? "member", invite: null };
    case "member.left":
    case "member.removed":
      return { kind: "leave", user: event.user.id, ban: false };
    case "member.changed":
      return event.role === undefined
        ? null
        : { kind: "role", user: event.user.id, role: event.role };
    case "room.updated": {
      const { seq: _, at: __, id: ___, type: ____, by: _____, ...change } = event;
      return { kind: "room", change };
    }
    case "room.cleared":
      return { kind: "clear" };
    case "event.unreadable":
    case undefined:
      return null;
  }
}
