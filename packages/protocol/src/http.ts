import * as v from "valibot";
import { limits } from "./limit.ts";
import { Event, Gap, Member, Message, Room, Session, User } from "./model.ts";
import { Name } from "./text.ts";

/** Bodies, queries and answers of the HTTP door. What a command shares with it is in command.ts. */
export const BecomeGuest = v.object({ name: Name });

const whole = (least: number) =>
  v.pipe(
    v.string(),
    v.regex(/^(0|[1-9][0-9]{0,15})$/, "must be a whole number"),
    v.toNumber(),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(Number.MAX_SAFE_INTEGER, "is too large a number"),
  );

const limit = v.optional(
  v.pipe(whole(1), v.maxValue(limits.pageMax, `must be at most ${limits.pageMax}`)),
  String(limits.pageDefault),
);

export const EventsQuery = v.object({ after: v.optional(v.string()), limit });

export const MessagesQuery = v.pipe(
  v.object({
    before: v.optional(whole(1)),
    /** A number, or a cursor as any other call gives it. */
    after: v.optional(v.string()),
    around: v.optional(whole(1)),
    limit,
  }),
  v.forward(
    v.check(
      ({ before, after, around }) =>
        [before, after, around].filter((place) => place !== undefined).length <= 1,
      "must stand alone; give only one of before, after and around",
    ),
    ["before"],
  ),
);

export const answers = {
  Alive: v.object({ alive: v.literal(true) }),
  Ready: v.object({
    ready: v.literal(true),
    durability: v.picklist(["memory", "disk", "replicated"]),
  }),
  Limits: v.record(v.string(), v.number()),
  Guest: v.object({ user: User, token: v.string() }),
  Me: v.object({ user: User, rooms: v.array(v.object({ room: Room })) }),
  User: v.object({ user: User }),
  Sessions: v.object({ sessions: v.array(Session) }),
  Rooms: v.object({ rooms: v.array(Room) }),
  Room: v.object({ room: Room }),
  Members: v.object({ members: v.array(Member) }),
  Message: v.object({ message: Message }),
  Messages: v.object({
    messages: v.array(Message),
    users: v.record(v.string(), User),
    cursor: v.string(),
    gap: v.exactOptional(Gap),
    /** Numbers of stored records that cannot be read. */
    unreadable: v.exactOptional(v.array(v.number())),
  }),
  Events: v.object({
    events: v.array(Event),
    users: v.record(v.string(), User),
    cursor: v.string(),
    gap: v.exactOptional(Gap),
  }),
  Problem: v.object({
    type: v.string(),
    title: v.string(),
    status: v.number(),
    detail: v.string(),
    code: v.string(),
    field: v.exactOptional(v.string()),
    retryAfter: v.exactOptional(v.number()),
  }),
};
