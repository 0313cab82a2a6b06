import { GENERAL, type Member, type Role, type Room } from "@snug/protocol";

/** What the page offers in a room; the server decides, and this only keeps from offering in vain. */
export interface Rights {
  readonly changes: boolean;
  readonly destroys: boolean;
  readonly clears: boolean;
  readonly invites: boolean;
  readonly adds: boolean;
  readonly moderates: boolean;
  readonly leaves: boolean;
}

export function rightsIn({ id, kind, archived }: Room, role: Role | null): Rights {
  const owns = role === "owner";
  const moderates = (owns || role === "moderator") && kind !== "direct";
  const brings = (moderates || role === "member") && kind !== "direct" && !archived;
  return {
    changes: owns && kind !== "direct",
    destroys: owns && id !== GENERAL,
    clears: owns,
    invites: brings,
    adds: brings,
    moderates,
    leaves: role !== null && kind !== "direct",
  };
}

/** Roles that this one may give to somebody of that one, the present one among them; none: nothing can be done. */
export function rolesFor(own: Role | null, other: Role): readonly Role[] {
  if (own === "owner") return ["owner", "moderator", "member", "reader"];
  if (own === "moderator" && (other === "member" || other === "reader"))
    return ["member", "reader"];
  return [];
}

/** Whether one may send somebody of this role away. */
export const maySendAway = (own: Role | null, other: Role) =>
  own === "owner" ? other !== "owner" : rolesFor(own, other).length > 0;

const ranks: Record<Role, number> = { owner: 0, moderator: 1, member: 2, reader: 3 };

/** Who runs the room first, then by name. */
export const byRank = (one: Member, other: Member) =>
  ranks[one.role] - ranks[other.role] || one.user.name.localeCompare(other.user.name);

export const roleNames: Record<Role, string> = {
  owner: "Owner",
  moderator: "Moderator",
  member: "Member",
  reader: "Reader",
};

/** As one says it of somebody. */
export const asRole: Record<Role, string> = {
  owner: "an owner",
  moderator: "a moderator",
  member: "a member",
  reader: "a reader",
};

export const roleNotes: Record<Role, string> = {
  owner: "changes the room, gives roles and may end it",
  moderator: "removes, mutes and bans people",
  member: "reads, writes and invites",
  reader: "reads only",
};
