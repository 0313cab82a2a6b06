import { fail, type Failure } from "@snug/protocol";
import type { Actor } from "./actor.ts";
import type { Clock, Ids, Store } from "./ports.ts";
import { StoreError } from "./ports.ts";
import { becomeGuest } from "./verbs/become-guest.ts";
import { endSession } from "./verbs/end-session.ts";
import { listMembers } from "./verbs/list-members.ts";
import { listRooms } from "./verbs/list-rooms.ts";
import { listSessions } from "./verbs/list-sessions.ts";
import { openRoom } from "./verbs/open-room.ts";
import { postMessage } from "./verbs/post-message.ts";
import { readEvents } from "./verbs/read-events.ts";
import { readMessage } from "./verbs/read-message.ts";
import { readMessages } from "./verbs/read-messages.ts";
import { showUser } from "./verbs/show-user.ts";

/** Everything that can be done here. Each door calls `execute`, so that no two doors differ. */
const verbs = {
  "become-guest": becomeGuest,
  "end-session": endSession,
  "list-members": listMembers,
  "list-rooms": listRooms,
  "list-sessions": listSessions,
  "open-room": openRoom,
  "post-message": postMessage,
  "read-events": readEvents,
  "read-message": readMessage,
  "read-messages": readMessages,
  "show-user": showUser,
};

type Verbs = typeof verbs;
export type VerbName = keyof Verbs;

export interface ChatOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Told of each fault of the store, once. */
  readonly onFault: (fault: unknown) => void;
}

export class Chat {
  readonly #world: ChatOptions;

  constructor(world: ChatOptions) {
    this.#world = world;
  }

  /** Runs one verb. Whatever goes wrong comes back as a value. */
  async execute<Name extends VerbName>(
    name: Name,
    ...[actor, input]: Tail<Parameters<Verbs[Name]>>
  ): Promise<Awaited<ReturnType<Verbs[Name]>> | Failure> {
    const verb = verbs[name] as (...all: unknown[]) => ReturnType<Verbs[Name]>;
    try {
      return await verb(this.#world, actor, input);
    } catch (fault) {
      return this.refusal(fault);
    }
  }

  /** A fault as the value to answer with: the store's, or ours. Reports it. */
  refusal(fault: unknown): Failure {
    this.#world.onFault(fault);
    if (fault instanceof StoreError) return storeFailure(fault);
    return fail("internal_error", "This is our fault and was logged. Try again later.");
  }

  async authenticate(token: string): Promise<Actor | null> {
    const found = await this.#world.store.session(this.#world.ids.hash(token));
    return found && { user: found.user, session: found.id };
  }
}

type Tail<Items extends unknown[]> = Items extends [unknown, ...infer Rest] ? Rest : never;

function storeFailure({ code }: StoreError): Failure {
  switch (code) {
    case "store_unavailable":
      return fail(code, "Nothing was changed. Send the same again in a moment.", { retryAfter: 1 });
    case "store_full":
      return fail(code, "Nothing was changed. Send the same again once there is space.", {
        retryAfter: 10,
      });
  }
}
