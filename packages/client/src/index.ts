export * from "./api.ts";
export { createChat } from "./chat.ts";
export type { Readable } from "./store.ts";
export type { Event, Message, Room, User } from "@snug/protocol";
