import * as v from "valibot";
import { limits } from "./limit.ts";
import { ClientId, Text } from "./text.ts";

/** A command's own number or word, given back with its reply. */
export const Ref = v.union([
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(v.string(), v.minLength(1), v.maxLength(limits.refLength)),
]);
export type Ref = v.InferOutput<typeof Ref>;

// Not the id's own pattern: an id of any other form answers like an unknown
// room, so that nothing can be learnt from the difference.
const RoomName = v.string("must be a string");

export const PostMessage = v.object({ clientId: ClientId, text: Text });

export const Command = v.variant(
  "type",
  [
    v.object({
      type: v.literal("open-room"),
      room: RoomName,
      after: v.optional(v.string("must be a cursor")),
    }),
    v.object({ type: v.literal("close-room"), room: RoomName }),
    v.object({
      type: v.literal("post-message"),
      room: RoomName,
      ...PostMessage.entries,
    }),
    v.object({ type: v.literal("ping") }),
  ],
  "must be one of open-room, close-room, post-message, ping",
);
export type Command = v.InferOutput<typeof Command>;

/** The first frame of a socket that came without a cookie of ours. */
export const Hello = v.object({ type: v.literal("hello"), token: v.string() });
