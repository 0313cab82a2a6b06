import type { Chat, Doors, Inbox } from "@snug/client";
import type { Role, Room, User } from "@snug/protocol";
import { createContext, useContext } from "react";

/** What is open over the room. */
export type Open =
  | "rooms"
  | "details"
  | "you"
  | "new room"
  | "new ephemeral room"
  | "public rooms"
  | "people"
  | "switcher"
  | "search"
  | "shortcuts"
  | "share";

/** What every part of the page inside may need to know or do. */
export interface House {
  readonly chat: Chat;
  readonly user: User;
  readonly inbox: Inbox;
  /** `null` until the server has said who may come in how. */
  readonly doors: Doors | null;
  readonly roomId: string;
  /** The room that one has come for by its link, and was not in yet. */
  readonly arrival: string | null;
  readonly titleOf: (room: Room) => string;
  readonly roleIn: (room: string) => Role | null;
  /** The one other person of a direct room, by their id. */
  readonly otherIn: (room: string) => string | null;
  /** To a room, or a message in it. */
  readonly go: (room: string, seq?: number | null) => void;
  readonly show: (open: Open | null) => void;
  /** Tells a screen reader, and in a line that goes by itself whoever looks. */
  readonly say: (text: string) => void;
  /** While true, a session that ends is about to be followed by another. */
  readonly settle: (settling: boolean) => void;
}

export const HouseContext = createContext<House | null>(null);

export function useHouse(): House {
  const house = useContext(HouseContext);
  if (house === null) throw new Error("There is no house around this");
  return house;
}
