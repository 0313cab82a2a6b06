// Who may do what, by docs/protocol.md alone: it shares no line with the server.

export type Role = "reader" | "member" | "moderator" | "owner";
export type Verdict =
  "fine" | "forbidden" | "room_not_found" | "room_gone" | "user_not_found" | "message_not_found";

export const RANKED: readonly Role[] = ["reader", "member", "moderator", "owner"];

export interface Room {
  readonly id: string;
  readonly kind: "public" | "private" | "ephemeral";
  /** Who runs the server: destroys any room, and reads none that they may not see. */
  readonly administrator: string;
  archived: boolean;
  destroyed: boolean;
  readonly roles: Map<string, Role>;
  readonly banned: Set<string>;
  /** Who went or was sent out as a reader, and comes back as one, as long as the log tells of it. */
  readonly muted: Set<string>;
  /** What was said there, and is known here. */
  readonly said: Said[];
}

export interface Said {
  readonly seq: number;
  readonly by: string;
  /** Deleted leaves a place behind, cleared does not. */
  is: "there" | "deleted" | "cleared";
}

export type Deed =
  | { readonly what: "join" | "leave" | "post" | "read" | "mark" | "clear" | "destroy" }
  | { readonly what: "edit" | "delete" | "react" | "pin"; readonly message: Said }
  | { readonly what: "archive"; readonly archived: boolean }
  | { readonly what: "remove" | "ban" | "lift"; readonly whom: string }
  | { readonly what: "add" | "appoint"; readonly whom: string; readonly role: Role };

const rank = (role: Role | undefined) => (role === undefined ? -1 : RANKED.indexOf(role));

export function sees(room: Room, who: string): boolean {
  if (room.destroyed) return false;
  return room.roles.has(who) || (room.kind !== "private" && !room.banned.has(who));
}

/** What the answer must be, and, where it is fine, what the room is like afterwards. */
export function judge(room: Room, who: string, deed: Deed): Verdict {
  if (room.destroyed) return "room_gone";
  if (deed.what === "destroy" && who === room.administrator) {
    room.destroyed = true;
    return "fine";
  }
  if (!sees(room, who)) return "room_not_found";
  const own = room.roles.get(who);
  const runs = rank(own) >= rank("moderator");
  const owners = [...room.roles.values()].filter((role) => role === "owner").length;
  switch (deed.what) {
    case "read":
      return "fine";
    case "join":
      if (room.archived) return "forbidden";
      if (own === undefined) room.roles.set(who, room.muted.has(who) ? "reader" : "member");
      room.muted.delete(who);
      return "fine";
    case "leave":
      if (own === "owner" && owners === 1 && room.roles.size > 1) return "forbidden";
      if (own === "reader") room.muted.add(who);
      room.roles.delete(who);
      return "fine";
    case "post":
      return !room.archived && rank(own) >= rank("member") ? "fine" : "forbidden";
    case "mark":
      return own === undefined ? "forbidden" : "fine";
    case "react":
    case "pin":
      if (room.archived || rank(own) < rank("member")) return "forbidden";
      return deed.message.is === "there" ? "fine" : "message_not_found";
    case "edit": {
      const { message } = deed;
      if (room.archived || rank(own) < rank("member")) return "forbidden";
      if (message.is === "cleared") return "message_not_found";
      if (message.by !== who) return "forbidden";
      return message.is === "there" ? "fine" : "message_not_found";
    }
    case "delete": {
      const { message } = deed;
      if (rank(own) < rank("member")) return "forbidden";
      if (message.is === "cleared") return "message_not_found";
      if (message.by !== who && !runs) return "forbidden";
      message.is = "deleted";
      return "fine";
    }
    case "clear":
      if (own !== "owner") return "forbidden";
      for (const message of room.said) message.is = "cleared";
      room.muted.clear();
      return "fine";
    case "archive":
      if (own !== "owner") return "forbidden";
      room.archived = deed.archived;
      return "fine";
    case "destroy":
      if (own !== "owner") return "forbidden";
      room.destroyed = true;
      return "fine";
    case "lift":
      if (!runs) return "forbidden";
      room.banned.delete(deed.whom);
      return "fine";
    case "add": {
      const { whom, role } = deed;
      if (room.archived || rank(own) < rank("member")) return "forbidden";
      if (rank(role) >= rank("moderator") && own !== "owner") return "forbidden";
      if (room.banned.has(whom)) return "forbidden";
      if (!room.roles.has(whom)) {
        const staysMuted = role === "member" && room.muted.has(whom) && !runs;
        room.roles.set(whom, staysMuted ? "reader" : role);
        room.muted.delete(whom);
      }
      return "fine";
    }
    case "appoint": {
      const { whom, role } = deed;
      const theirs = room.roles.get(whom);
      if (own !== "owner") {
        if (!runs || rank(role) >= rank("moderator")) return "forbidden";
        if (rank(theirs) >= rank("moderator")) return "forbidden";
      }
      if (theirs === undefined) return "user_not_found";
      if (theirs === "owner" && role !== "owner" && owners === 1) return "forbidden";
      room.roles.set(whom, role);
      return "fine";
    }
    case "remove":
    case "ban": {
      const { whom } = deed;
      const theirs = room.roles.get(whom);
      if (!runs || theirs === "owner" || whom === who) return "forbidden";
      if (own === "moderator" && theirs === "moderator") return "forbidden";
      room.roles.delete(whom);
      if (theirs === "reader") room.muted.add(whom);
      if (deed.what === "ban") room.banned.add(whom);
      return "fine";
    }
  }
}
