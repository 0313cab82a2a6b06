import type { Room } from "@snug/protocol";

/** Whom one is with in each direct room, as far as it is known. */
export type DirectNames = ReadonlyMap<string, Company>;

export interface Company {
  /** What the room is called by them. */
  readonly name: string;
  /** The id of who is there beside oneself, where it is one person. */
  readonly other: string | null;
}

/** What a room is called in the page: those without a name have another. */
export function titleOf({ id, kind, name }: Room, names: DirectNames): string {
  if (name !== "") return name;
  switch (kind) {
    case "direct":
      return names.get(id)?.name ?? "Direct room";
    case "ephemeral":
      return "Ephemeral room";
    case "private":
      return "Private room";
    case "public":
      return id;
  }
}
