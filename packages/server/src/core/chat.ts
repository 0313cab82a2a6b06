import {
  fail,
  succeed,
  type Failure,
  type Limits,
  type Result,
  type SessionId,
  type UserId,
} from "@snug/protocol";
import type { Actor } from "./actor.ts";
import type { BackOff } from "./back-off.ts";
import type { Ends } from "./ends.ts";
import type { FileRemoval } from "./file-removal.ts";
import { admitHostUser } from "./host-user.ts";
import type {
  Blobs,
  Clock,
  HostTokens,
  Ids,
  Passwords,
  Pictures,
  Roster,
  Signed,
  Store,
} from "./ports.ts";
import type { RateName, Rates } from "./rates.ts";
import { gone } from "./place.ts";
import { RoomGone, StoreError } from "./ports.ts";
import { addMember } from "./verbs/add-member.ts";
import { becomeGuest } from "./verbs/become-guest.ts";
import { changeMe } from "./verbs/change-me.ts";
import { changeMember } from "./verbs/change-member.ts";
import { changeRoom } from "./verbs/change-room.ts";
import { clearRoom } from "./verbs/clear-room.ts";
import { createInvite } from "./verbs/create-invite.ts";
import { createRoom } from "./verbs/create-room.ts";
import { createToken } from "./verbs/create-token.ts";
import { deleteMessage } from "./verbs/delete-message.ts";
import { destroyRoom } from "./verbs/destroy-room.ts";
import { dropFile } from "./verbs/drop-file.ts";
import { editMessage } from "./verbs/edit-message.ts";
import { endInvite } from "./verbs/end-invite.ts";
import { endSession } from "./verbs/end-session.ts";
import { endSessions } from "./verbs/end-sessions.ts";
import { endToken } from "./verbs/end-token.ts";
import { eraseMe } from "./verbs/erase-me.ts";
import { erasePerson } from "./verbs/erase-person.ts";
import { exportMe } from "./verbs/export-me.ts";
import { exportRoom } from "./verbs/export-room.ts";
import { findUsers } from "./verbs/find-users.ts";
import { joinRoom } from "./verbs/join-room.ts";
import { leaveRoom } from "./verbs/leave-room.ts";
import { liftBan } from "./verbs/lift-ban.ts";
import { listAllRooms } from "./verbs/list-all-rooms.ts";
import { listBans } from "./verbs/list-bans.ts";
import { listInvites } from "./verbs/list-invites.ts";
import { listMembers } from "./verbs/list-members.ts";
import { listPeople } from "./verbs/list-people.ts";
import { listPins } from "./verbs/list-pins.ts";
import { listReads } from "./verbs/list-reads.ts";
import { listRooms } from "./verbs/list-rooms.ts";
import { listSessions } from "./verbs/list-sessions.ts";
import { listThreads } from "./verbs/list-threads.ts";
import { listTokens } from "./verbs/list-tokens.ts";
import { markRead } from "./verbs/mark-read.ts";
import { openRoom } from "./verbs/open-room.ts";
import { pinMessage } from "./verbs/pin-message.ts";
import { postMessage } from "./verbs/post-message.ts";
import { react } from "./verbs/react.ts";
import { readEdits } from "./verbs/read-edits.ts";
import { readEvents } from "./verbs/read-events.ts";
import { readInbox } from "./verbs/read-inbox.ts";
import { readMessage } from "./verbs/read-message.ts";
import { readMessages } from "./verbs/read-messages.ts";
import { removeMember } from "./verbs/remove-member.ts";
import { search } from "./verbs/search.ts";
import { setLevel } from "./verbs/set-level.ts";
import { setTyping } from "./verbs/set-typing.ts";
import { showFile } from "./verbs/show-file.ts";
import { showMe } from "./verbs/show-me.ts";
import { showPresence } from "./verbs/show-presence.ts";
import { showUser } from "./verbs/show-user.ts";
import { signIn } from "./verbs/sign-in.ts";
import { signUp } from "./verbs/sign-up.ts";
import { uploadFile } from "./verbs/upload-file.ts";

/** Everything that can be done here. Each door calls `execute`, so that no two doors differ. */
const verbs = {
  "add-member": addMember,
  "become-guest": becomeGuest,
  "change-me": changeMe,
  "change-member": changeMember,
  "change-room": changeRoom,
  "clear-room": clearRoom,
  "create-invite": createInvite,
  "create-room": createRoom,
  "create-token": createToken,
  "delete-message": deleteMessage,
  "destroy-room": destroyRoom,
  "drop-file": dropFile,
  "edit-message": editMessage,
  "end-invite": endInvite,
  "end-session": endSession,
  "end-sessions": endSessions,
  "end-token": endToken,
  "erase-me": eraseMe,
  "erase-person": erasePerson,
  "export-me": exportMe,
  "export-room": exportRoom,
  "find-users": findUsers,
  "join-room": joinRoom,
  "leave-room": leaveRoom,
  "lift-ban": liftBan,
  "list-all-rooms": listAllRooms,
  "list-bans": listBans,
  "list-invites": listInvites,
  "list-members": listMembers,
  "list-people": listPeople,
  "list-pins": listPins,
  "list-reads": listReads,
  "list-rooms": listRooms,
  "list-sessions": listSessions,
  "list-threads": listThreads,
  "list-tokens": listTokens,
  "mark-read": markRead,
  "open-room": openRoom,
  "pin-message": pinMessage,
  "post-message": postMessage,
  react,
  "read-edits": readEdits,
  "read-events": readEvents,
  "read-inbox": readInbox,
  "read-message": readMessage,
  "read-messages": readMessages,
  "remove-member": removeMember,
  search,
  "set-level": setLevel,
  "set-typing": setTyping,
  "show-file": showFile,
  "show-me": showMe,
  "show-presence": showPresence,
  "show-user": showUser,
  "sign-in": signIn,
  "sign-up": signUp,
  "upload-file": uploadFile,
};

type Verbs = typeof verbs;
export type VerbName = keyof Verbs;

/** As what each verb counts for the user who asks, whatever the door; `null`: not by user. */
const counted: Record<VerbName, RateName | null> = {
  "add-member": "sends",
  "become-guest": null,
  "change-me": "sends",
  "change-member": "sends",
  "change-room": "sends",
  "clear-room": "sends",
  "create-invite": "creations",
  "create-room": "creations",
  "create-token": "creations",
  "delete-message": "sends",
  "destroy-room": "sends",
  "drop-file": "sends",
  "edit-message": "sends",
  "end-invite": "sends",
  // Whoever floods with a stolen token must not keep its owner from ending it.
  "end-session": null,
  "end-sessions": null,
  "end-token": null,
  "erase-me": null,
  "erase-person": "sends",
  "export-me": "exports",
  "export-room": "exports",
  "find-users": "reads",
  "join-room": "sends",
  "leave-room": "sends",
  "lift-ban": "sends",
  "list-all-rooms": "reads",
  "list-bans": "reads",
  "list-invites": "reads",
  "list-members": "reads",
  "list-people": "reads",
  "list-pins": "reads",
  "list-reads": "reads",
  "list-rooms": "reads",
  "list-sessions": "reads",
  "list-threads": "reads",
  "list-tokens": "reads",
  // As often as one looks at a room, and no log grows by it.
  "mark-read": "openings",
  "open-room": "openings",
  "pin-message": "sends",
  "post-message": "sends",
  react: "sends",
  "read-edits": "reads",
  "read-events": "reads",
  // Asked by the server itself, for each connection once a second at most.
  "read-inbox": null,
  "read-message": "reads",
  "read-messages": "reads",
  "remove-member": "sends",
  search: "searches",
  "set-level": "sends",
  "set-typing": "typing",
  "show-file": "reads",
  "show-me": "reads",
  "show-presence": "reads",
  "show-user": "reads",
  "sign-in": null,
  "sign-up": null,
  "upload-file": "uploads",
};

export interface ChatOptions {
  readonly store: Store;
  readonly roster: Roster;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly passwords: Passwords;
  readonly hostTokens?: HostTokens | undefined;
  readonly blobs: Blobs;
  readonly pictures: Pictures;
  readonly removal: Pick<FileRemoval, "hold" | "soon">;
  /** Those in force. */
  readonly limits: Limits;
  readonly ends: Pick<Ends, "look">;
  readonly rates: Rates;
  readonly backOff: Pick<BackOff, "attempt">;
  /** Told of each fault of the store, once. */
  readonly onFault: (fault: unknown) => void;
}

export class Chat {
  /** Those in force. */
  readonly limits: Limits;
  /** The same as JSON, for all who come. */
  readonly limitsText: string;
  readonly #world: ChatOptions;

  constructor(world: ChatOptions) {
    this.limits = world.limits;
    this.limitsText = JSON.stringify(world.limits);
    this.#world = world;
  }

  /** Runs one verb. Whatever goes wrong comes back as a value. */
  async execute<Name extends VerbName>(
    name: Name,
    ...[actor, input]: Tail<Parameters<Verbs[Name]>>
  ): Promise<Awaited<ReturnType<Verbs[Name]>> | Failure> {
    const rate = counted[name];
    const refused =
      rate !== null && actor !== null ? this.#world.rates.refuse(rate, actor.user.id) : null;
    if (refused !== null) return refused;
    const verb = verbs[name] as (...all: unknown[]) => ReturnType<Verbs[Name]>;
    try {
      return await verb(this.#world, actor, input);
    } catch (fault) {
      return this.refusal(fault);
    }
  }

  /** A fault as the value to answer with. Reports the store's and ours. */
  refusal(fault: unknown): Failure {
    if (fault instanceof RoomGone) return gone;
    this.#world.onFault(fault);
    if (fault instanceof StoreError) return storeFailure(fault);
    return fail("internal_error", "This is our fault and was logged. Try again later.");
  }

  /** Who brings this token, one of ours or the host's, or what is wrong with it. */
  async admit(token: string): Promise<Result<Actor>> {
    const { hostTokens } = this.#world;
    // Ours have no dots, and a JWT has two.
    if (hostTokens === undefined || !token.includes(".")) {
      const actor = await this.authenticate(token);
      return actor === null ? noSession : succeed(actor);
    }
    const claims = await hostTokens.read(token);
    return claims.ok ? admitHostUser(this.#world, claims.value, token) : claims;
  }

  /** Whose session or token this is, of those we gave. */
  async authenticate(token: string): Promise<Actor | null> {
    return toActor(await this.#world.store.session(this.#world.ids.hash(token)));
  }

  /**
   * Whose session this is, for what was signed for it: of one of ours by its id, of
   * the host's by the id of its user, whose token is not known any more.
   */
  async actorOf(session: string): Promise<Actor | null> {
    const { store } = this.#world;
    const actor = toActor(await store.sessionById(session));
    if (actor !== null) return actor;
    const host = await store.hostUser(session as UserId);
    if (host === null || host.user.name === "" || host.namedUntil === 0) return null;
    const { user } = host;
    return { user, session: session as SessionId, admin: false, scope: null, expiresAt: null };
  }
}

function toActor(signed: Signed | null): Actor | null {
  if (signed === null) return null;
  const { id: session, user, admin, scope, expiresAt } = signed;
  return { user, session, admin, scope, expiresAt };
}

export const noSession = fail(
  "unauthorized",
  "You are not signed in, or your session has ended. Sign in (POST /v1/sessions or /v1/guests) and send its token as Authorization: Bearer.",
);

type Tail<Items extends unknown[]> = Items extends [unknown, ...infer Rest] ? Rest : never;

function storeFailure({ code, mayBeDone }: StoreError): Failure {
  switch (code) {
    case "store_unavailable":
      return fail(
        code,
        mayBeDone
          ? "It may have been done: look before you send it again. A message with the same clientId is stored once."
          : "Nothing was changed. Send the same again in a moment.",
        { retryAfter: 1 },
      );
    case "store_full":
      return fail(code, "Nothing was changed. Send the same again once there is space.", {
        retryAfter: 10,
      });
  }
}
