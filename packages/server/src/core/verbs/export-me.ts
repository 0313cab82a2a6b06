import {
  fail,
  succeed,
  type InboxEntry,
  type Result,
  type Session,
  type Token,
  type User,
} from "@snug/protocol";
import type { Actor } from "../actor.ts";
import { enter, type PlaceWorld } from "../place.ts";
import type { CredentialStore, PeopleStore, Settings } from "../ports.ts";
import { Said, type SaidWorld } from "../said.ts";
import type { Exporting, Still } from "./export-room.ts";
import { listSessions } from "./list-sessions.ts";
import { listTokens } from "./list-tokens.ts";
import type { InboxWorld } from "./read-inbox.ts";
import { showMe } from "./show-me.ts";

export interface OwnExport {
  readonly me: { readonly user: User; readonly admin: boolean } & Settings;
  readonly rooms: readonly InboxEntry[];
  readonly sessions: readonly Session[];
  readonly tokens: readonly Token[];
  /** What oneself said in a room that one is in; `null`: one is in it no more. */
  readonly saidIn: (room: string) => Promise<Said | null>;
  readonly still: Still;
}

/** All that is kept of oneself: the account, and what one said and sent where one is. */
export async function exportMe(
  world: PlaceWorld &
    InboxWorld &
    SaidWorld & {
      readonly store: Pick<CredentialStore, "sessions"> & Pick<PeopleStore, "settings">;
    },
  actor: Actor,
  { renew, signal }: Exporting,
): Promise<Result<OwnExport>> {
  if (actor.scope !== null) return fail("forbidden", "Sign in yourself to export your data.");
  const shown = await showMe(world, actor);
  if (!shown.ok) return shown;
  const sessions = await listSessions(world, actor);
  if (!sessions.ok) return sessions;
  const tokens = await listTokens(world, actor);
  if (!tokens.ok) return tokens;
  const { user, admin } = actor;
  const { rooms, ...settings } = shown.value;
  /** The room that is being told of. */
  let current: string | null = null;
  const isIn = async (who: Actor, room: string) => {
    const entered = await enter(world, who, "read", room);
    return entered.ok && entered.value.role !== null ? entered.value.room : null;
  };
  return succeed({
    me: { user, admin, ...settings },
    rooms,
    sessions: sessions.value,
    tokens: tokens.value,
    async saidIn(id) {
      const room = await isIn(actor, id);
      current = room && room.id;
      return room && new Said(world, room, user.id, signal);
    },
    async still() {
      const who = await renew();
      return who.ok && (current === null || (await isIn(who.value, current)) !== null);
    },
  });
}
