import type { Can, Role, RoomKind } from "@snug/protocol";

export type Action =
  | "read"
  | "join"
  | "leave"
  /** Say something, react, show that one is writing. */
  | "post"
  /** Change what a message says; `own` counts. */
  | "edit"
  /** Take a message away; `own` counts. */
  | "delete"
  | "pin"
  /** Keep one's own read place, and what of the room calls for oneself. */
  | "mark"
  | "invite"
  | "add"
  /** Remove, mute or ban somebody; `target` is their role. */
  | "moderate"
  /** Give roles. */
  | "appoint"
  | "change"
  /** Erase what was said. */
  | "clear"
  | "destroy";

/** Who asks, as far as it matters here. */
export interface Asker {
  readonly admin: boolean;
  /** What the credential is good for in this room; `null`: for nothing. */
  readonly can: Can | "all" | null;
}

/** A room as one actor stands to it; `role` is `null` for a stranger. */
export interface Standing {
  readonly kind: RoomKind;
  readonly archived: boolean;
  readonly role: Role | null;
  readonly banned: boolean;
  /** The role of whoever it is done to; `null` for a stranger. */
  readonly target?: Role | null;
  /** Whether the message that it is done to is one's own. */
  readonly own?: boolean | undefined;
}

export type Verdict = "allowed" | "denied" | "hidden";

/**
 * Who may do what: the one place where it is decided, for every door; the
 * table is in docs/protocol.md. `hidden` means: answer as if the room did not
 * exist.
 */
export function authorize(asker: Asker, action: Action, room: Standing): Verdict {
  if (!sees(asker, room)) {
    // An administrator runs rooms, and reads none of those they are not in.
    return asker.admin && asker.can === "all" && action === "destroy" ? "allowed" : "hidden";
  }
  if (!isInScope(asker, action, room)) return "denied";
  return may(asker, action, room) ? "allowed" : "denied";
}

function sees({ can }: Asker, { kind, role, banned }: Standing): boolean {
  if (can === null) return false;
  if (role !== null) return true;
  if (banned) return false;
  // Whoever knows the id of an ephemeral room was given its link.
  return kind === "public" || kind === "ephemeral";
}

/** A token for programs reads, or posts too and deals with what its user posted, and does nothing else. */
function isInScope({ can }: Asker, action: Action, { own }: Standing): boolean {
  if (can === "all" || action === "read") return true;
  if (can === "read") return false;
  if (action === "delete") return own === true;
  return action === "post" || action === "edit" || action === "mark";
}

function may(
  { admin }: Asker,
  action: Action,
  { kind, archived, role, target, own }: Standing,
): boolean {
  switch (action) {
    case "read":
      return true;
    case "join":
      return kind !== "direct" && !archived;
    case "leave":
      return role !== null && kind !== "direct";
    case "mark":
      return role !== null;
    case "post":
    case "pin":
      return !archived && isAtLeast(role, "member");
    case "edit":
      return own === true && !archived && isAtLeast(role, "member");
    case "delete":
      return isAtLeast(role, own ? "member" : "moderator");
    case "invite":
    case "add":
      return !archived && kind !== "direct" && isAtLeast(role, "member");
    case "moderate":
      if (kind === "direct" || !isAtLeast(role, "moderator")) return false;
      return role === "owner" ? target !== "owner" : !isAtLeast(target ?? null, "moderator");
    case "appoint":
      return kind !== "direct" && role === "owner";
    case "change":
      return kind !== "direct" && role === "owner";
    case "clear":
      return role === "owner";
    case "destroy":
      return role === "owner" || admin;
  }
}

const ranks: Record<Role, number> = { reader: 1, member: 2, moderator: 3, owner: 4 };

function isAtLeast(role: Role | null, least: Role): boolean {
  return role !== null && ranks[role] >= ranks[least];
}
