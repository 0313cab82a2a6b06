export { useConnection } from "./use-connection.ts";
export { useDirectory } from "./use-directory.ts";
export { useInbox } from "./use-inbox.ts";
export { useMessages } from "./use-messages.ts";
export { useRoom, type RoomView } from "./use-room.ts";
