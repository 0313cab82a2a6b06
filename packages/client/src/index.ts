export * from "./api.ts";
export type { CallInput, Calls, Doors, RoomWish } from "./calls.ts";
export { createChat } from "./chat.ts";
export { unreadIn } from "./inbox.ts";
export type { Readable } from "./store.ts";
export type {
  Event,
  InboxEntry,
  Invite,
  Level,
  Member,
  Message,
  Role,
  Room,
  Session,
  SharedFile,
  Status,
  Token,
  User,
} from "@snug/protocol";
