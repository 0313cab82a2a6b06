import type { Database } from "bun:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { RoomId, UserId } from "@snug/protocol";
import type { Clock, LastRole } from "../../core/ports.ts";
import { Files } from "../embedded/files.ts";
import { Log } from "../embedded/log.ts";
import { Membership } from "../embedded/membership.ts";
import { People } from "../embedded/people.ts";
import { SearchIndex } from "../embedded/search-index.ts";
import type { Connection } from "../redis/connection.ts";
import { allUsers, bannedIn, membersOf } from "../redis/finding.ts";
import { roomKeys, sessionKey } from "../redis/keys.ts";
import { edits, pins, readAfter } from "../redis/log.ts";
import { look, recordsOf, type RoomLook } from "../redis/look.ts";
import { NO_ROLE, othersAbout } from "../redis/room.ts";
import { toMap } from "../redis/step.ts";
import { reads, readingsIn, threads } from "../redis/reading.ts";
import { endOf, type SessionRow } from "./people.ts";
import { ROWS } from "./part.ts";

/** What is not there as it was; the message says what. */
export class Difference extends Error {}

export interface Compared {
  readonly people: number;
  readonly sessions: number;
  readonly rooms: number;
  readonly events: number;
  /** SHA-256 of all events as they are read, room by room, in hexadecimal. */
  readonly checksum: string;
}

const PAGE = { events: ROWS, bytes: 1024 * 1024 };
/** Threads of one reader that are looked at: more than any list shows. */
const THREADS = 1_000;

/** Reads the whole house in both places, as a node would, and throws at the first difference. */
export async function compare(
  db: Database,
  connection: Connection,
  clock: Clock,
): Promise<Compared> {
  const membership = new Membership(db);
  const index = new SearchIndex(db);
  const log = new Log(db, clock, membership, index, new Files(db, index));
  const people = new People(db).allUsers();
  same("The list of people", people, await allUsers(connection));
  const sessions = await compareSessions(db, connection, clock);
  const ids = db.query("SELECT id FROM room ORDER BY num").all() as { id: RoomId }[];
  const hashes = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")] as const;
  let events = 0;
  for (const { id } of ids) {
    same(`The record of the room ${id}`, [log.room(id)], await recordsOf(connection, [id]));
    await look(connection, id, async (room) => {
      events += await compareLog(log, room, hashes);
      const { num } = log.place(id);
      const all = membership.members(num);
      same(`The list of members of ${id}`, all, await membersOf(connection, room));
      same(`The bans of ${id}`, membership.banned(num), await bannedIn(connection, room));
      await compareLastRoles(db, connection, id, num);
      same(`The pins of ${id}`, log.pins(id), await pins(room));
      same(
        `The read places of ${id}`,
        sorted(log.reads(id)),
        sorted(await reads(connection, room)),
      );
      await compareReaders(
        db,
        log,
        connection,
        room,
        all.map(({ user }) => user.id),
      );
    });
  }
  await compareMessages(db, log, connection);
  const [checksum, other] = hashes.map((hash) => hash.digest("hex"));
  if (checksum === undefined || checksum !== other) throw new Difference("The checksums differ.");
  return { people: people.length, sessions, rooms: ids.length, events, checksum };
}

/** Of those that are still good. */
async function compareSessions(
  db: Database,
  connection: Connection,
  clock: Clock,
): Promise<number> {
  const rows = db.query(`SELECT * FROM session WHERE id > ? ORDER BY id LIMIT ${ROWS}`);
  let count = 0;
  for (let last = ""; ;) {
    const some = rows.all(last) as SessionRow[];
    const end = some.at(-1);
    if (end === undefined) return count;
    last = end.id;
    const asked = some.map((row) => ["HMGET", sessionKey(row.token_hash), "user", "usedAt"]);
    const found = await connection.all(asked);
    for (const [index, row] of some.entries()) {
      if (endOf(row) <= clock.now()) continue;
      same(`The session ${row.id}`, [row.user, String(row.used_at)], found[index]);
      count++;
    }
  }
}

async function compareLog(
  log: Log,
  room: RoomLook,
  hashes: readonly [Bun.CryptoHasher, Bun.CryptoHasher],
): Promise<number> {
  const { id } = room;
  let count = 0;
  for (let after: Parameters<Log["read"]>[1] = null; ;) {
    const was = log.read(id, after, PAGE);
    const is = await readAfter(room, after, PAGE);
    const { events: _, ...place } = was;
    const { events: __, ...otherPlace } = is;
    same(`The log of ${id}`, place, otherPlace);
    for (const [index, event] of was.events.entries()) {
      same(`The event ${event.seq} of ${id}`, event, is.events[index]);
      hashes[0].update(event.json);
    }
    for (const { json } of is.events) hashes[1].update(json);
    count += was.events.length;
    const last = was.events.at(-1);
    if (last === undefined || last.seq >= was.head.seq) return count;
    after = { epoch: was.epoch, seq: last.seq, id: last.id };
  }
}

/** Messages to which something happened, as they are now. */
async function compareMessages(db: Database, log: Log, connection: Connection): Promise<void> {
  const rows = db.query(
    `SELECT folded.num, folded.seq, room.id AS room FROM folded JOIN room ON room.num = folded.room
     WHERE folded.num > ? ORDER BY folded.num LIMIT ${ROWS}`,
  );
  for (let num = 0; ;) {
    const some = rows.all(num) as { num: number; seq: number; room: RoomId }[];
    const last = some.at(-1);
    if (last === undefined) return;
    num = last.num;
    for (const [id, changed] of Map.groupBy(some, ({ room }) => room))
      await look(connection, id, async (room) => {
        const found = await room.messages(changed.map(({ seq }) => seq));
        for (const [index, { seq }] of changed.entries()) {
          const one = found[index] ?? null;
          const readable = typeof one === "object" ? one : null;
          same(`The message ${seq} of ${id}`, log.message(id, seq), readable);
          const versions = log.edits(id, seq);
          if (versions.length > 0)
            same(`The edits of message ${seq} of ${id}`, versions, await edits(room, seq));
        }
      });
  }
}

async function compareLastRoles(
  db: Database,
  connection: Connection,
  id: RoomId,
  num: number,
): Promise<void> {
  const rows = db
    .query("SELECT user, role, by_others AS byOthers FROM last_role WHERE room = ?")
    .all(num) as ({ user: string } & LastRole)[];
  const was = rows.flatMap(({ user, role, byOthers }): [string, string][] =>
    byOthers === null
      ? [[user, role]]
      : [
          [user, role],
          [othersAbout(user), byOthers],
        ],
  );
  const about = toMap(await connection.call<string[]>("HGETALL", roomKeys(id).about));
  const is = [...about].filter(([, role]) => role !== NO_ROLE);
  same(`What people were last in ${id}`, sorted(new Map(was)), sorted(new Map(is)));
}

/** What is unread, and where, for each member. */
async function compareReaders(
  db: Database,
  log: Log,
  connection: Connection,
  room: RoomLook,
  users: readonly UserId[],
): Promise<void> {
  const { id } = room;
  for (let from = 0; from < users.length; from += ROWS) {
    const some = users.slice(from, from + ROWS);
    const was = sorted(log.readingsIn(id, some));
    same(`What is unread in ${id}`, was, sorted(await readingsIn(connection, id, some)));
  }
  const followers = db
    .query("SELECT DISTINCT user FROM follow WHERE room = ?")
    .all(log.place(id).num) as { user: UserId }[];
  for (const { user } of followers)
    same(
      `The threads of ${user} in ${id}`,
      log.threads(id, user, THREADS),
      await threads(connection, room, user, THREADS),
    );
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function same(what: string, was: unknown, is: unknown): void {
  if (!isDeepStrictEqual(was, is)) throw new Difference(`${what} is not as it was.`);
}
