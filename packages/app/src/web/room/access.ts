import type { Inbox, RoomState } from "@snug/client";
import type { Role } from "@snug/protocol";

/** How one stands to the room that is open. */
export type Access =
  | { readonly kind: "unknown" }
  | { readonly kind: "writes"; readonly role: Role }
  | { readonly kind: "reads" }
  | { readonly kind: "archived" }
  | { readonly kind: "stranger" }
  /** A thread whose beginning is gone. */
  | { readonly kind: "ended" }
  /** One was in it, or never was, or it is none. */
  | { readonly kind: "closed"; readonly detail: string }
  | { readonly kind: "gone" };

export function accessTo(
  { status, problem, room }: Pick<RoomState, "status" | "problem" | "room">,
  inbox: Inbox,
  id: string,
): Access {
  if (status === "refused" && problem !== null) {
    if (problem.code === "room_gone") return { kind: "gone" };
    return { kind: "closed", detail: problem.detail };
  }
  const entry = inbox.rooms.find((each) => each.room.id === id);
  if (entry === undefined) {
    if (room === null || inbox.status === "loading") return { kind: "unknown" };
    return room.archived ? { kind: "archived" } : { kind: "stranger" };
  }
  if (room?.archived ?? entry.room.archived) return { kind: "archived" };
  return entry.role === "reader" ? { kind: "reads" } : { kind: "writes", role: entry.role };
}
