import { expect, test } from "bun:test";
import type { Role, RoomKind } from "@snug/protocol";
import { authorize, type Action, type Asker, type Standing, type Verdict } from "./authorize.ts";

// The table of docs/protocol.md, "Rooms and roles", written out once more, and
// looked up in another way than the code does.

type Column = Role | "stranger";

const yes = true;
const no = false;

/** What one may do in a room that is not archived, with a session of one's own. */
const table: Record<Action, Record<Column, boolean>> = {
  read: { owner: yes, moderator: yes, member: yes, reader: yes, stranger: yes },
  // Who is in a room and joins it changes nothing, and that succeeds.
  join: { owner: yes, moderator: yes, member: yes, reader: yes, stranger: yes },
  leave: { owner: yes, moderator: yes, member: yes, reader: yes, stranger: no },
  post: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  // And see `ofOthers`: whose message it is counts too.
  edit: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  delete: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  pin: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  mark: { owner: yes, moderator: yes, member: yes, reader: yes, stranger: no },
  invite: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  add: { owner: yes, moderator: yes, member: yes, reader: no, stranger: no },
  // And see `moderated`: to whom it is done counts too.
  moderate: { owner: yes, moderator: yes, member: no, reader: no, stranger: no },
  appoint: { owner: yes, moderator: no, member: no, reader: no, stranger: no },
  change: { owner: yes, moderator: no, member: no, reader: no, stranger: no },
  clear: { owner: yes, moderator: no, member: no, reader: no, stranger: no },
  destroy: { owner: yes, moderator: no, member: no, reader: no, stranger: no },
};

/** Who may do it to what somebody else said. */
const ofOthers: Partial<Record<Action, readonly Column[]>> = {
  edit: [],
  delete: ["owner", "moderator"],
};

/** Whom each of the two may remove, mute and ban. */
const moderated: Record<"owner" | "moderator", Record<Column, boolean>> = {
  owner: { owner: no, moderator: yes, member: yes, reader: yes, stranger: yes },
  moderator: { owner: no, moderator: no, member: yes, reader: yes, stranger: yes },
};

/** What is left of a direct room's: both are owners, and it stays theirs as it is. */
const inDirect: readonly Action[] = "read post edit delete pin mark clear destroy".split(
  " ",
) as Action[];
/** What adds to a room; an archived one is only read, cleaned up, or brought back. */
const adds: readonly Action[] = ["join", "post", "edit", "pin", "invite", "add"];
/** What a token for programs is good for, each with one's own messages alone. */
const goodFor = { read: ["read"], post: ["read", "post", "edit", "delete", "mark"] } as const;
/** Rooms that a stranger sees: open ones, and those whose id is the right to see them. */
const open: readonly RoomKind[] = ["public", "ephemeral"];

function expected({ admin, can }: Asker, action: Action, room: Standing): Verdict {
  const { kind, archived, role, banned, target, own = false } = room;
  const mayRun = admin && can === "all" && action === "destroy";
  if (can === null) return "hidden";
  if (role === null && (banned || !open.includes(kind))) return mayRun ? "allowed" : "hidden";
  if (mayRun) return "allowed";
  const column = role ?? "stranger";
  const others = ofOthers[action];
  const inScope =
    can === "all" ||
    ((goodFor[can] as readonly Action[]).includes(action) && (own || others === undefined));
  const fits =
    action !== "moderate" ||
    ((column === "owner" || column === "moderator") && moderated[column][target ?? "stranger"]);
  const standsStill =
    (kind === "direct" && !inDirect.includes(action)) || (archived && adds.includes(action));
  const isTheirs = own || (others?.includes(column) ?? true);
  return inScope && table[action][column] && fits && isTheirs && !standsStill
    ? "allowed"
    : "denied";
}

const actions = Object.keys(table) as Action[];
const kinds: RoomKind[] = ["public", "private", "direct", "ephemeral"];
const roles: (Role | null)[] = ["owner", "moderator", "member", "reader", null];
const cans: Asker["can"][] = ["all", "post", "read", null];
const flags = [false, true];
/** What it is done to: somebody, or a message. */
const subjects = [...roles.map((target) => ({ target })), ...flags.map((own) => ({ own }))];

interface Cell {
  readonly asker: Asker;
  readonly action: Action;
  readonly room: Standing;
}

function* cells(): Generator<Cell> {
  for (const action of actions)
    for (const kind of kinds)
      for (const role of roles)
        for (const banned of flags)
          for (const archived of flags)
            for (const can of cans)
              for (const admin of flags)
                for (const more of [...subjects, {}]) {
                  const room = { kind, role, banned, archived, ...more };
                  yield { asker: { can, admin }, action, room };
                }
}

test("[ACC4] every cell of who may do what is as the table says", () => {
  let count = 0;
  for (const { asker, action, room } of cells()) {
    const verdict = authorize(asker, action, room);
    const told = expected(asker, action, room);
    if (verdict !== told)
      expect({ asker, action, room, verdict }).toEqual({ asker, action, room, verdict: told });
    count++;
  }
  expect(count).toBe(15 * 4 * 5 * 2 * 2 * 4 * 2 * 8);
});

// The same rules as properties, which hold whatever the table above says.

test("[ACC2] what is hidden is hidden for every action, except that an administrator may destroy", () => {
  for (const { asker, action, room } of cells()) {
    const reads = authorize(asker, "read", room);
    const verdict = authorize(asker, action, room);
    if (reads === "hidden" && verdict !== "hidden")
      expect({ action, verdict, admin: asker.admin }).toEqual({
        action: "destroy",
        verdict: "allowed",
        admin: true,
      });
    if (reads !== "hidden") expect(verdict).not.toBe("hidden");
  }
});

test("[ACC4] [ROOM12] being administrator opens nothing to read and changes no answer but to destroy", () => {
  for (const { asker, action, room } of cells()) {
    if (action === "destroy") continue;
    expect(authorize({ ...asker, admin: true }, action, room)).toBe(
      authorize({ ...asker, admin: false }, action, room),
    );
  }
});

test("[ACC4] [AUTH13] a token never allows what its user's own session would not", () => {
  for (const { asker, action, room } of cells()) {
    if (authorize(asker, action, room) !== "allowed") continue;
    expect(authorize({ ...asker, can: "all" }, action, room)).toBe("allowed");
  }
});

test("[ACC4] a higher role may do whatever a lower one may", () => {
  const ranked: Role[] = ["reader", "member", "moderator", "owner"];
  for (const { asker, action, room } of cells()) {
    const rank = room.role === null ? -1 : ranked.indexOf(room.role);
    if (rank < 0 || authorize(asker, action, room) !== "allowed") continue;
    for (const role of ranked.slice(rank))
      expect(authorize(asker, action, { ...room, role })).toBe("allowed");
  }
});

test("[ROOM9] nobody removes, mutes or bans an owner, and moderators not each other", () => {
  for (const { asker, room } of cells()) {
    const verdict = authorize(asker, "moderate", room);
    if (room.target === "owner") expect(verdict).not.toBe("allowed");
    if (room.target === "moderator" && room.role !== "owner") expect(verdict).not.toBe("allowed");
  }
});

test("[MSG8] [MSG11] nobody edits what another said, and no token deletes it", () => {
  for (const { asker, room } of cells()) {
    if (room.own) continue;
    expect(authorize(asker, "edit", room)).not.toBe("allowed");
    if (asker.can !== "all") expect(authorize(asker, "delete", room)).not.toBe("allowed");
  }
});
