import type { Database } from "bun:sqlite";
import { nameKey } from "../../core/name-key.ts";

/** The SQL of a step, and what SQL alone cannot do of it. */
interface Step {
  readonly sql: string;
  readonly fill?: (db: Database) => void;
}

/** The id of the user whom an event is about. A query that says the same uses the index on it. */
export const aboutUser = "CASE WHEN json_valid(json) THEN json_extract(json, '$.user.id') END";

/**
 * The schema as the steps that lead to it. A step that was released is never
 * changed: a new one is put behind it, and every data folder finds its way.
 */
export const steps: readonly Step[] = [
  {
    sql: `
  CREATE TABLE user (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    guest INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user TEXT NOT NULL REFERENCES user(id),
    device TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_of_user ON session(user);

  -- num stands for the id in the large tables. The log holds the events after
  -- base_seq; its head is its last row, and is stored nowhere else.
  CREATE TABLE room (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT,
    epoch TEXT NOT NULL,
    base_seq INTEGER NOT NULL DEFAULT 0,
    base_id TEXT NOT NULL DEFAULT '-',
    base_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE member (
    room INTEGER NOT NULL REFERENCES room(num),
    user TEXT NOT NULL REFERENCES user(id),
    role TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rooms_of_user ON member(user, room);

  -- Rows lie in the order of their commits, all rooms together, so that a
  -- commit of many rooms writes few pages; rows in the order of room and seq
  -- cost twice as much. No foreign key: the room's number comes from its row,
  -- and the check costs a quarter of the insert.
  CREATE TABLE event (
    num INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    client_id TEXT,
    json TEXT NOT NULL,
    UNIQUE (room, seq)
  ) STRICT;
  CREATE UNIQUE INDEX sent ON event(room, by, client_id) WHERE client_id IS NOT NULL;
  `,
  },
  {
    sql: `
  ALTER TABLE user ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  -- Names as they are compared with others.
  ALTER TABLE user ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
  ALTER TABLE user ADD COLUMN avatar TEXT;
  ALTER TABLE user ADD COLUMN username TEXT;
  ALTER TABLE user ADD COLUMN password_hash TEXT;
  ALTER TABLE user ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX user_by_name ON user(name_key);
  CREATE UNIQUE INDEX account ON user(username COLLATE NOCASE) WHERE username IS NOT NULL;

  -- A token for programs is a session too: it ends like one.
  ALTER TABLE session ADD COLUMN kind TEXT NOT NULL DEFAULT 'device';
  ALTER TABLE session ADD COLUMN scope_room TEXT;
  ALTER TABLE session ADD COLUMN scope_can TEXT;
  ALTER TABLE session ADD COLUMN expires_at INTEGER;
  CREATE INDEX session_of_room ON session(scope_room) WHERE scope_room IS NOT NULL;

  -- Of public rooms alone.
  ALTER TABLE room ADD COLUMN name_key TEXT;
  ALTER TABLE room ADD COLUMN direct_key TEXT;
  ALTER TABLE room ADD COLUMN expires_at INTEGER;
  ALTER TABLE room ADD COLUMN capacity INTEGER;
  ALTER TABLE room ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
  CREATE UNIQUE INDEX room_by_name ON room(name_key) WHERE name_key IS NOT NULL;
  CREATE UNIQUE INDEX room_by_people ON room(direct_key) WHERE direct_key IS NOT NULL;
  CREATE INDEX room_by_end ON room(expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE ban (
    room INTEGER NOT NULL REFERENCES room(num),
    user TEXT NOT NULL REFERENCES user(id),
    at INTEGER NOT NULL,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE invite (
    id TEXT PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES room(num),
    hash TEXT NOT NULL UNIQUE,
    can TEXT NOT NULL,
    uses INTEGER,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invite_of_room ON invite(room);

  -- Of a destroyed room only the hash of its id is left, for a while.
  CREATE TABLE gone (
    hash TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Whom an event is about, to be found when they are erased.
  CREATE INDEX about_user ON event(${aboutUser}) WHERE type <> 'message.posted';
  `,
    fill: addNameKeys,
  },
  {
    sql: `
  -- The end of the token by which a host's user is called as they are.
  ALTER TABLE user ADD COLUMN named_until INTEGER NOT NULL DEFAULT 0;
  -- Some folders have them already, and some do not.
  CREATE INDEX IF NOT EXISTS administrator ON user(id) WHERE admin = 1;
  CREATE INDEX IF NOT EXISTS public_room ON room(num) WHERE kind = 'public';
    `,
  },
  {
    sql: `
  -- CRC-32 of json, by which a bit is found that flipped on the disk. NULL where
  -- json was changed after it was stored, by an erasure, or is older than this.
  ALTER TABLE event ADD COLUMN sum INTEGER;
  `,
  },
  {
    sql: `
  -- Of a reply, the message that began its thread.
  ALTER TABLE event ADD COLUMN thread INTEGER;
  -- With whom they are by, so that counting reads no rows.
  CREATE INDEX main_line ON event(room, seq, by) WHERE type = 'message.posted' AND thread IS NULL;
  CREATE INDEX replies ON event(room, thread, seq, by) WHERE thread IS NOT NULL;

  -- Messages to which something happened since, as they are now, by the number of
  -- their event's row. They hold words: a table WITHOUT ROWID lies in pages whose
  -- dead bytes nothing wipes. thread is 0 for none, pinned the event that pinned it.
  CREATE TABLE folded (
    num INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    by TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    pinned INTEGER,
    json TEXT NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deleted ON folded(room, thread, seq, by) WHERE deleted = 1;
  CREATE INDEX pins ON folded(room, pinned) WHERE pinned IS NOT NULL;

  CREATE TABLE edit (
    room INTEGER NOT NULL,
    target INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (room, target, seq)
  ) STRICT, WITHOUT ROWID;

  -- Whom messages call, as they are now: users, and '@room'. thread is 0 for none.
  CREATE TABLE mention (
    room INTEGER NOT NULL,
    user TEXT NOT NULL,
    thread INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (room, user, thread, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mentioned ON mention(room, seq);

  -- Threads that members may follow: for what they wrote in them (own, the first
  -- of it), or for the mentions they have in them. mark is up to where they read.
  CREATE TABLE follow (
    room INTEGER NOT NULL,
    user TEXT NOT NULL,
    thread INTEGER NOT NULL,
    own INTEGER,
    mark INTEGER,
    PRIMARY KEY (room, user, thread)
  ) STRICT, WITHOUT ROWID;

  -- How many messages of the main line there were, in all and by each member, and
  -- how many of them up to the read place. Only their differences say something.
  ALTER TABLE room ADD COLUMN posted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE member ADD COLUMN posted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE member ADD COLUMN read_posted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE member ADD COLUMN read_own INTEGER NOT NULL DEFAULT 0;
  -- The event of coming in, and up to where they have read.
  ALTER TABLE member ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE member ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE member ADD COLUMN level TEXT NOT NULL DEFAULT 'all';
  -- Who was there before any of this has read what there was.
  UPDATE member SET
    read = (SELECT max(room.base_seq, ifnull((SELECT max(seq) FROM event WHERE event.room = room.num), 0))
      FROM room WHERE room.num = member.room),
    joined = ifnull(
      (SELECT max(seq) FROM event WHERE type <> 'message.posted' AND ${aboutUser} = member.user
        AND event.room = member.room AND type = 'member.joined'),
      (SELECT base_seq FROM room WHERE room.num = member.room));

  ALTER TABLE user ADD COLUMN presence TEXT NOT NULL DEFAULT 'auto';
  ALTER TABLE user ADD COLUMN receipts INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE user ADD COLUMN last_seen INTEGER;
  `,
  },
  {
    sql: `
  -- The search index; see search-index.ts. Events up to this number are in it.
  CREATE TABLE indexed (upto INTEGER NOT NULL) STRICT;
  INSERT INTO indexed VALUES (0);

  -- num is that of a block of events and of a bucket in it.
  CREATE TABLE gram (num INTEGER PRIMARY KEY, postings BLOB NOT NULL) STRICT;

  -- The room of each event in a block, 32 bits each, and when they happened.
  CREATE TABLE block (
    num INTEGER PRIMARY KEY,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    rooms BLOB NOT NULL
  ) STRICT;

  -- Events whose words are gone, and still in the index.
  CREATE TABLE stale (num INTEGER PRIMARY KEY) STRICT;
    `,
  },
  {
    sql: `
  -- Files whose bytes are elsewhere. seq is the message that holds it, json what is
  -- told of it, once it is whole. It holds names, so it is no table WITHOUT ROWID.
  CREATE TABLE file (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    room INTEGER NOT NULL,
    by TEXT NOT NULL,
    at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    preview INTEGER,
    seq INTEGER,
    json TEXT
  ) STRICT;
  CREATE INDEX file_of_message ON file(room, seq);
  CREATE INDEX file_of_user ON file(by, size);
  CREATE INDEX unposted_file ON file(at) WHERE seq IS NULL;

  -- Whatever takes a record away leaves this, until the bytes are gone as well.
  CREATE TABLE lost_file (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  CREATE TABLE file_space (bytes INTEGER NOT NULL) STRICT;
  INSERT INTO file_space VALUES (0);
  CREATE TRIGGER file_begun AFTER INSERT ON file BEGIN
    UPDATE file_space SET bytes = bytes + NEW.size;
  END;
  CREATE TRIGGER file_whole AFTER UPDATE OF size ON file BEGIN
    UPDATE file_space SET bytes = bytes + NEW.size - OLD.size;
  END;
  CREATE TRIGGER file_lost AFTER DELETE ON file BEGIN
    UPDATE file_space SET bytes = bytes - OLD.size;
    INSERT INTO lost_file VALUES (OLD.id) ON CONFLICT DO NOTHING;
  END;

  CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  },
  {
    sql: `
  -- Up to this event posted says what there is; see uncounted.ts.
  CREATE TABLE counted (upto INTEGER NOT NULL) STRICT;
  INSERT INTO counted SELECT ifnull(max(num), 0) FROM event;

  -- Clients' own ids mostly grow with time: so a commit of many rooms and senders
  -- writes few pages.
  DROP INDEX sent;
  CREATE UNIQUE INDEX sent ON event(client_id, by, room) WHERE client_id IS NOT NULL;
  `,
  },
  {
    sql: `
  -- What somebody is in a room, or last was, and what others made them last: no trim
  -- takes it away.
  CREATE TABLE last_role (
    room INTEGER NOT NULL,
    user TEXT NOT NULL,
    role TEXT NOT NULL,
    by_others TEXT,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX last_role_of_user ON last_role(user);

  INSERT INTO last_role (room, user, role, by_others)
    SELECT room, user, role, iif(by = user, NULL, role) FROM (
      SELECT num, type, room, by, ${aboutUser} AS user,
        ifnull(CASE WHEN json_valid(json) THEN json_extract(json, '$.role') END,
          iif(type = 'member.joined', 'member', NULL)) AS role
      FROM event INDEXED BY about_user WHERE type <> 'message.posted' AND ${aboutUser} IS NOT NULL
    ) WHERE role IS NOT NULL AND type IN ('member.joined', 'member.changed') ORDER BY num
    ON CONFLICT (room, user) DO UPDATE
      SET role = excluded.role, by_others = ifnull(excluded.by_others, by_others);
  -- Where the log was trimmed, whoever is in, by whomever that was.
  INSERT INTO last_role (room, user, role, by_others)
    SELECT room, user, role, role FROM member WHERE true ON CONFLICT DO NOTHING;
  DELETE FROM last_role WHERE user IN (SELECT id FROM user WHERE name = '');
  `,
  },
];

/** Brings the database to the newest schema, by all steps that are missing or by none. */
export function migrate(db: Database): void {
  const { user_version: done } = db.query("PRAGMA user_version").get() as { user_version: number };
  if (done > steps.length) throw new NewerSchema();
  if (done === steps.length) return;
  db.transaction(() => {
    for (const { sql, fill } of steps.slice(done)) {
      db.run(sql);
      fill?.(db);
    }
    db.run(`PRAGMA user_version = ${steps.length}`);
  })();
}

function addNameKeys(db: Database): void {
  const users = db.query("SELECT id, name FROM user").all() as { id: string; name: string }[];
  const setUser = db.query("UPDATE user SET name_key = ? WHERE id = ?");
  for (const { id, name } of users) setUser.run(nameKey(name), id);
  const rooms = db.query("SELECT num, name FROM room WHERE kind = 'public' ORDER BY num").all() as {
    num: number;
    name: string;
  }[];
  // Names did not have to be unique before: the oldest has it.
  const setRoom = db.query("UPDATE OR IGNORE room SET name_key = ? WHERE num = ?");
  for (const { num, name } of rooms) setRoom.run(nameKey(name), num);
}

export class NewerSchema extends Error {}
