import fc from "fast-check";

export const people = ["ada", "ben", "cid", "dora", "eve", "fay"] as const;
export type Person = (typeof people)[number];
export type Role = "owner" | "moderator" | "member" | "reader";

/** A cursor as a client may bring it: the text, and what it names if it names anything. */
export interface Place {
  text: string;
  cursor: { epoch: string; seq: number; id: string } | null;
}

/** What is searched for, and which messages are then found. */
export const searches = {
  TEA: (text: string) => text.includes("tea"),
  ilk: (text: string) => text.includes("ilk"),
  m: (text: string) => text.includes("m"),
  '"om, t"': (text: string) => text.includes("om, t"),
  "ea -@room": (text: string) => text.includes("ea") && !text.includes("@room"),
  "from:me": (_: string, isOwn: boolean) => isOwn,
};

/** Something done to the room, by somebody or (`trim`) by whoever runs the server. */
export type Command =
  | {
      do: "post";
      by: Person;
      clientId: string;
      text: string;
      replyTo: number | null;
      thread: number | null;
    }
  | { do: "edit"; by: Person; seq: number; text: string }
  | { do: "delete"; by: Person; seq: number }
  | { do: "react"; by: Person; seq: number; emoji: string; on: boolean }
  | { do: "pin"; by: Person; seq: number; on: boolean }
  | { do: "clear"; by: Person }
  | { do: "mark"; by: Person; seq: number; back: boolean; thread: number | null }
  | { do: "inbox"; by: Person }
  | { do: "threads"; by: Person }
  | { do: "pins"; by: Person }
  | { do: "search"; by: Person; q: keyof typeof searches }
  | { do: "edits"; by: Person; seq: number }
  | { do: "events"; by: Person; after: Place | null; limit: number }
  | { do: "follow"; by: Person; after: Place | null }
  | {
      do: "messages";
      by: Person;
      at: "end" | "before" | "around" | "after";
      seq: number;
      thread: number | null;
      limit: number;
    }
  | { do: "messages"; by: Person; at: "cursor"; after: Place; limit: number }
  | { do: "message"; by: Person; seq: number }
  | { do: "members"; by: Person }
  | { do: "room"; by: Person }
  | { do: "join"; by: Person; invite: number | null }
  | { do: "leave"; by: Person }
  | { do: "remove"; by: Person; user: Person; ban: boolean }
  | { do: "unban"; by: Person; user: Person }
  | { do: "add"; by: Person; user: Person; role: Role }
  | { do: "appoint"; by: Person; user: Person; role: Role }
  | { do: "invite"; by: Person; can: "read" | "post"; uses: number | null; name: number }
  | { do: "end-invite"; by: Person; invite: number }
  | { do: "archive"; by: Person; archived: boolean }
  | { do: "limit"; by: Person; capacity: number | null }
  | { do: "trim"; upTo: number };

/** A command before it is known what is there to refer to: `n` chooses among it. */
export type Wish =
  | Exclude<
      Command,
      | { after: unknown }
      | {
          do:
            "messages" | "message" | "join" | "invite" | "end-invite" | "trim" | "post" | OfMessage;
        }
    >
  | { do: "post"; by: Person; clientId: string; text: string; n: number; where: Where }
  | { do: "edit"; by: Person; n: number; text: string }
  | { do: "delete"; by: Person; n: number }
  | { do: "react"; by: Person; n: number; emoji: string; on: boolean }
  | { do: "pin"; by: Person; n: number; on: boolean }
  | { do: "mark"; by: Person; n: number; back: boolean; thread: number | null }
  | { do: "edits"; by: Person; n: number }
  | { do: "events"; by: Person; after: PlaceWish; limit: number }
  | { do: "follow"; by: Person; after: PlaceWish }
  | {
      do: "messages";
      by: Person;
      at: "end" | "before" | "around" | "after";
      n: number;
      thread: number | null;
      limit: number;
    }
  | { do: "messages"; by: Person; at: "cursor"; after: PlaceWish; limit: number }
  | { do: "message"; by: Person; n: number }
  | { do: "join"; by: Person; invite: number | null }
  | { do: "invite"; by: Person; can: "read" | "post"; uses: number | null }
  | { do: "end-invite"; by: Person; n: number }
  | { do: "trim"; n: number }
  | Happening;

type OfMessage = "edit" | "delete" | "react" | "pin" | "mark" | "edits";
/** Where a message is to have its place, beside one that `n` chooses. */
export type Where = "alone" | "thread" | "reply";

/** What nobody in the room does. */
export type Happening =
  /** The wall clock jumps. */
  | { do: "clock"; by: number }
  /** A change that breaks a rule of the schema: all that shares its commit is rolled back and done again. */
  | { do: "stumble" }
  /** The server ends and comes back on the same folder. */
  | { do: "restart" };

export interface PlaceWish {
  kind: "none" | "known" | "wrong id" | "future" | "other room" | "other epoch" | "garbage";
  n: number;
}

/** `together`: it is sent while the one before it is under way, `pause` turns of the loop later. */
export interface Step {
  wish: Wish;
  together: boolean;
  pause: number;
}

export interface Plan {
  kind: "public" | "private";
  capacity: number | null;
  steps: Step[];
}

export const MOST_STEPS = 64;

const by = fc.constantFrom(...people);
const role = fc.constantFrom<Role>("owner", "moderator", "member", "reader");
const n = fc.nat(999);
const limit = fc.integer({ min: 1, max: 8 });
const after: fc.Arbitrary<PlaceWish> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant("known" as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        "none" as const,
        "wrong id" as const,
        "future" as const,
        "other room" as const,
        "other epoch" as const,
        "garbage" as const,
      ),
    },
  ),
  n,
});
/** Mostly by those who may. */
const manager = fc.constantFrom<Person>("ada", "ada", "ben", ...people);

const queries = Object.keys(searches) as (keyof typeof searches)[];
const is = <const Name extends string>(name: Name) => fc.constant(name);
const writer = fc.constantFrom<Person>("ada", "ada", "ben", "cid", ...people);
const text = fc.constantFrom("tea", "milk", "tea <@u_ada>", "@room, tea <@u_ada> <@u_cid>");
const thread = fc.option(n, { nil: null, freq: 2 });
const wishes: [number, fc.Arbitrary<Wish>][] = [
  [
    20,
    fc.record({
      do: is("post"),
      by: writer,
      clientId: fc.constantFrom("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"),
      text,
      n,
      where: fc.constantFrom<Where>("alone", "alone", "thread", "thread", "reply"),
    }),
  ],
  [4, fc.record({ do: is("edit"), by: writer, n, text })],
  [3, fc.record({ do: is("delete"), by: writer, n })],
  [
    4,
    fc.record({
      do: is("react"),
      by: writer,
      n,
      emoji: fc.constantFrom("👍", "❤️"),
      on: fc.constantFrom(true, true, false),
    }),
  ],
  [2, fc.record({ do: is("pin"), by: writer, n, on: fc.constantFrom(true, true, false) })],
  [0.3, fc.record({ do: is("clear"), by: manager })],
  [4, fc.record({ do: is("mark"), by, n, back: fc.boolean(), thread })],
  [4, fc.record({ do: is("inbox"), by })],
  [1, fc.record({ do: is("threads"), by })],
  [0.5, fc.record({ do: is("pins"), by })],
  [4, fc.record({ do: is("search"), by, q: fc.constantFrom(...queries) })],
  [0.5, fc.record({ do: is("edits"), by, n })],
  [6, fc.record({ do: is("events"), by, after, limit })],
  [5, fc.record({ do: is("follow"), by, after })],
  [
    6,
    fc.record({
      do: is("messages"),
      by,
      at: fc.constantFrom("end" as const, "before" as const, "around" as const, "after" as const),
      n,
      thread,
      limit,
    }),
  ],
  [2, fc.record({ do: is("messages"), by, at: is("cursor"), after, limit })],
  [2, fc.record({ do: is("message"), by, n })],
  [1, fc.record({ do: is("members"), by })],
  [2, fc.record({ do: is("room"), by })],
  [8, fc.record({ do: is("join"), by, invite: fc.option(n, { nil: null }) })],
  [5, fc.record({ do: is("leave"), by })],
  [5, fc.record({ do: is("remove"), by: manager, user: by, ban: fc.boolean() })],
  [2, fc.record({ do: is("unban"), by: manager, user: by })],
  [5, fc.record({ do: is("add"), by: manager, user: by, role })],
  [5, fc.record({ do: is("appoint"), by: manager, user: by, role })],
  [
    3,
    fc.record({
      do: is("invite"),
      by: manager,
      can: fc.constantFrom("read" as const, "post" as const),
      uses: fc.constantFrom(null, 1, 1, 2),
    }),
  ],
  [1, fc.record({ do: is("end-invite"), by: manager, n })],
  [1, fc.record({ do: is("archive"), by: manager, archived: fc.boolean() })],
  [1, fc.record({ do: is("limit"), by: manager, capacity: fc.constantFrom(null, 2, 4, 5) })],
  [2, fc.record({ do: is("trim"), n })],
  [1, fc.record({ do: is("clock"), by: fc.integer({ min: -3_600_000, max: 3_600_000 }) })],
  [1, fc.record({ do: is("stumble") })],
];
const wish = fc.oneof(...wishes.map(([weight, arbitrary]) => ({ weight: weight * 10, arbitrary })));

const step: fc.Arbitrary<Step> = fc.record({
  // Opening the folder again costs what a hundred commands do.
  wish: fc.oneof(
    { weight: 1_999, arbitrary: wish },
    { weight: 1, arbitrary: fc.record({ do: is("restart") }) },
  ),
  together: fc.boolean(),
  pause: fc.nat(2),
});
const steps = (most: number) => fc.array(step, { maxLength: most, size: "max" });

export const plan: fc.Arbitrary<Plan> = fc.record({
  kind: fc.constantFrom("public" as const, "private" as const),
  capacity: fc.constantFrom(null, null, 4, 5),
  // Short ones too: most of them are still near the room as it begins, with everybody in it.
  steps: fc.oneof(steps(MOST_STEPS), steps(MOST_STEPS / 4)),
});
