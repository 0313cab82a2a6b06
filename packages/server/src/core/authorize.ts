import type { Role, RoomKind } from "@snug/protocol";

export type Action = "read" | "post";

/** A room as one actor stands to it; `role` is `null` for a stranger. */
export interface Standing {
  readonly kind: RoomKind;
  readonly role: Role | null;
}

/**
 * Who may do what: the one place where it is decided, for every door.
 * `hidden` means: answer as if the room did not exist.
 */
export function authorize(
  action: Action,
  { kind, role }: Standing,
): "allowed" | "denied" | "hidden" {
  if (role === null && kind !== "public") return "hidden";
  switch (action) {
    case "read":
      return "allowed";
    case "post":
      return role === null || role === "reader" ? "denied" : "allowed";
  }
}
