import * as v from "valibot";
import { ID_PATTERN } from "./plain-text.ts";

const id = <const Name extends string>(name: Name) =>
  v.pipe(v.string("must be a string"), v.regex(ID_PATTERN, `must be a ${name} id`), v.brand(name));

export const RoomId = id("room");
export type RoomId = v.InferOutput<typeof RoomId>;

export const UserId = id("user");
export type UserId = v.InferOutput<typeof UserId>;

export const EventId = id("event");
export type EventId = v.InferOutput<typeof EventId>;

export const SessionId = id("session");
export type SessionId = v.InferOutput<typeof SessionId>;

export const FileId = id("file");
export type FileId = v.InferOutput<typeof FileId>;

/** A place in one room's log: 1, 2, 3 … without holes. */
export const Seq = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be an integer"),
  v.minValue(1, "must be at least 1"),
);

/** Unix milliseconds, from the server's clock. Never orders anything. */
export const Time = v.pipe(v.number(), v.safeInteger());

/** The public room that is there from the first start on. */
export const GENERAL = "general" as RoomId;
