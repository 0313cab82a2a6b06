import * as v from "valibot";
import { check } from "./check.ts";
import { fail, succeed, type Result } from "./error.ts";
import { limits } from "./limit.ts";
import { textSays } from "./plain-text.ts";
import { Caption, ClientId, Emoji, hasAtMost } from "./text.ts";

/** A command's own number or word, given back with its reply. */
export const Ref = v.union([
  v.pipe(v.number(), v.safeInteger()),
  v.pipe(
    v.string(),
    v.check((ref) => ref !== "" && hasAtMost(limits.refLength, ref)),
  ),
]);
export type Ref = v.InferOutput<typeof Ref>;

// Not the id's own pattern: an id of any other form answers like an unknown
// room, so that nothing can be learnt from the difference.
const RoomName = v.string("must be a string");

const Place = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be at least 1"),
);

const post = {
  clientId: ClientId,
  text: Caption,
  /** The message that this one answers, and shows with it. */
  replyTo: v.exactOptional(v.nullable(Place)),
  /** The message in whose thread this one is. */
  thread: v.exactOptional(v.nullable(Place)),
  /** Ids of uploads of one's own into this room. */
  files: v.exactOptional(
    v.pipe(
      v.array(v.string("must be a file id"), "must be a list of file ids"),
      v.maxLength(limits.filesPerMessage, `may name ${limits.filesPerMessage} at most`),
      v.check((ids) => new Set(ids).size === ids.length, "must name each file once"),
    ),
  ),
};

const saysSomething = ({ text, files = [] }: { text: string; files?: string[] }) =>
  text !== "" || files.length > 0;

export const PostMessage = v.pipe(
  v.object(post),
  v.forward(
    v.check((message) => saysSomething(message), textSays.empty),
    ["text"],
  ),
);

/** Of a message with files the text may be taken away. */
export const EditMessage = v.object({ text: Caption });

/** Up to where one has read the room, or the thread of a message. It moves forward only, unless `back`. */
export const MarkRead = v.object({
  seq: v.pipe(
    v.number("must be a number"),
    v.safeInteger("must be a whole number"),
    v.minValue(0, "must not be below 0"),
  ),
  back: v.optional(v.boolean("must be true or false"), false),
  thread: v.exactOptional(Place),
});

// By name, not as one union of schemas: a union tries one after another, and
// this is looked up for every frame that comes in.
/** What each command takes beside its `type` and `ref`. */
export const commands = {
  "open-room": v.object({ room: RoomName, after: v.optional(v.string("must be a cursor")) }),
  "close-room": v.object({ room: RoomName }),
  "post-message": v.pipe(
    v.object({ room: RoomName, ...post }),
    v.forward(
      v.check((message) => saysSomething(message), textSays.empty),
      ["text"],
    ),
  ),
  "edit-message": v.object({ room: RoomName, seq: Place, ...EditMessage.entries }),
  "delete-message": v.object({ room: RoomName, seq: Place }),
  "add-reaction": v.object({ room: RoomName, seq: Place, emoji: Emoji }),
  "remove-reaction": v.object({ room: RoomName, seq: Place, emoji: Emoji }),
  "mark-read": v.object({ room: RoomName, ...MarkRead.entries }),
  "set-typing": v.object({ room: RoomName }),
  /** Whether whoever sits at this connection is away from it; a new one is not. */
  "set-away": v.object({ away: v.boolean("must be true or false") }),
  ping: v.object({}),
};

type Commands = typeof commands;
export type Command = {
  [Type in keyof Commands]: { type: Type } & v.InferOutput<Commands[Type]>;
}[keyof Commands];

/** What a frame with a usable `ref` asks for. */
export function checkCommand(frame: object): Result<Command> {
  const type = "type" in frame ? frame.type : undefined;
  if (typeof type !== "string" || !isCommand(type)) {
    const names = Object.keys(commands).join(", ");
    return fail("invalid_request", `type must be one of ${names}.`, { field: "type" });
  }
  const checked = check<v.GenericSchema>(commands[type], frame);
  return checked.ok ? succeed({ type, ...(checked.value as object) } as Command) : checked;
}

function isCommand(type: string): type is keyof Commands {
  return Object.hasOwn(commands, type);
}

/** The first frame of a socket that came without a cookie of ours. */
export const Hello = v.object({ type: v.literal("hello"), token: v.string() });
