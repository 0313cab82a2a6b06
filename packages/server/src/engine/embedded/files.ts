import type { Database } from "bun:sqlite";
import type { RoomId, SharedFile, UserId } from "@snug/protocol";
import type { FileRecord, FileSpace, NewFile, Refused } from "../../core/ports.ts";
import type { SearchIndex } from "./search-index.ts";

interface FileRow {
  readonly room: string;
  readonly by: string;
  readonly seq: number | null;
  readonly preview: number | null;
  readonly json: string;
}

/** Records of files. What takes one away leaves its id among the lost; see the schema. */
export class Files {
  readonly #sql;
  readonly #index: SearchIndex;

  /** The index knows what messages call the files that they hold. */
  constructor(db: Database, index: SearchIndex) {
    this.#sql = prepare(db);
    this.#index = index;
  }

  begin(
    room: number,
    { id, by, at, size }: NewFile,
    { perUser, inAll, atOnce }: FileSpace,
  ): { kind: "begun" } | Refused {
    const { bytes, begun } = this.#sql.ofUser.get(by) as { bytes: number; begun: number };
    if (begun >= atOnce) return { kind: "refused", why: "uploads_busy" };
    if (bytes + size > perUser) return { kind: "refused", why: "user_files_full" };
    const all = this.#sql.space.get() as { bytes: number };
    if (all.bytes + size > inAll) return { kind: "refused", why: "files_full" };
    this.#sql.begin.run(id, room, by, at, size);
    return { kind: "begun" };
  }

  finish(file: SharedFile, preview: number | null): boolean {
    const { id, size } = file;
    return this.#sql.finish.get({ id, size, preview, json: JSON.stringify(file) }) !== null;
  }

  find(id: string): FileRecord | null {
    const row = this.#sql.find.get(id) as FileRow | null;
    if (row === null) return null;
    const { room, by, json, seq, preview } = row;
    const file = JSON.parse(json) as SharedFile;
    return { file, room: room as RoomId, by: by as UserId, seq, preview };
  }

  areFree(room: number, by: UserId, ids: readonly string[]): boolean {
    return ids.every((id) => this.#sql.free.get(id, room, by) !== null);
  }

  /** From now on this message holds them. */
  hold(room: number, ids: readonly string[], seq: number): void {
    for (const id of ids) this.#sql.hold.run(seq, id, room);
  }

  loseOf(room: number, seq: number): void {
    this.#sql.loseOf.run(room, seq);
  }

  loseUpTo(room: number, seq: number): void {
    this.#sql.loseUpTo.run(room, seq);
  }

  drop(id: string, by: UserId): boolean {
    const dropped = this.#sql.drop.get(id, by) !== null;
    // Its record may have gone before its bytes came.
    if (!dropped && this.#sql.any.get(id) === null) this.#sql.lose.run(id);
    return dropped;
  }

  /** Whether there were any. */
  expire({ begun, unposted }: { readonly begun: number; readonly unposted: number }): boolean {
    return this.#sql.expire.all({ begun, unposted }).length > 0;
  }

  /** All that this user uploaded goes, and is taken out of the messages that held it. */
  eraseOf(user: UserId): void {
    for (const { room, seq } of this.#sql.heldOf.all(user) as { room: number; seq: number }[])
      this.#index.through(room, seq, () => this.#empty(room, seq));
    this.#sql.loseAllOf.run(user);
  }

  #empty(room: number, seq: number): void {
    this.#sql.emptyEvent.run(room, seq);
    const [folded] = this.#sql.emptyFolded.all(room, seq) as { num: number; json: string }[];
    if (folded) this.#sql.sumFolded.run(Bun.hash.crc32(folded.json), folded.num);
  }

  lost(): string[] {
    return (this.#sql.lost.all() as { id: string }[]).map(({ id }) => id);
  }

  forgetLost(ids: readonly string[]): void {
    for (const id of ids) this.#sql.forget.run(id);
  }

  linkKey(): Uint8Array {
    this.#sql.addKey.run(crypto.getRandomValues(new Uint8Array(32)));
    return (this.#sql.key.get() as { value: Uint8Array }).value;
  }
}

function prepare(db: Database) {
  const emptied = "json_set(json, '$.files', json('[]'))";
  return {
    ofUser: db.query(
      `SELECT ifnull(sum(size), 0) AS bytes, count(*) FILTER (WHERE json IS NULL) AS begun
       FROM file WHERE by = ?`,
    ),
    space: db.query("SELECT bytes FROM file_space"),
    begin: db.query("INSERT INTO file (id, room, by, at, size) VALUES (?, ?, ?, ?, ?)"),
    finish: db.query(
      `UPDATE file SET size = $size, preview = $preview, json = $json
       WHERE id = $id AND json IS NULL RETURNING 1`,
    ),
    find: db.query(
      `SELECT room.id AS room, file.by, file.seq, file.preview, file.json
       FROM file JOIN room ON room.num = file.room WHERE file.id = ? AND file.json IS NOT NULL`,
    ),
    any: db.query("SELECT 1 FROM file WHERE id = ?"),
    free: db.query(
      "SELECT 1 FROM file WHERE id = ? AND room = ? AND by = ? AND seq IS NULL AND json IS NOT NULL",
    ),
    hold: db.query("UPDATE file SET seq = ? WHERE id = ? AND room = ?"),
    loseOf: db.query("DELETE FROM file WHERE room = ? AND seq = ?"),
    loseUpTo: db.query("DELETE FROM file WHERE room = ? AND seq <= ?"),
    loseAllOf: db.query("DELETE FROM file WHERE by = ?"),
    drop: db.query("DELETE FROM file WHERE id = ? AND by = ? AND seq IS NULL RETURNING 1"),
    lose: db.query("INSERT INTO lost_file VALUES (?) ON CONFLICT DO NOTHING"),
    expire: db.query(
      `DELETE FROM file WHERE seq IS NULL AND at < max($begun, $unposted)
         AND (at < $unposted OR json IS NULL AND at < $begun) RETURNING 1`,
    ),
    heldOf: db.query("SELECT room, seq FROM file WHERE by = ? AND seq IS NOT NULL"),
    emptyEvent: db.query(
      `UPDATE event SET json = ${emptied}, sum = NULL WHERE room = ? AND seq = ? AND json_valid(json)`,
    ),
    emptyFolded: db.query(
      `UPDATE folded SET json = ${emptied} WHERE num = (SELECT num FROM event WHERE room = ? AND seq = ?)
         AND json_valid(json) RETURNING num, json`,
    ),
    sumFolded: db.query("UPDATE folded SET sum = ? WHERE num = ?"),
    lost: db.query("SELECT id FROM lost_file"),
    forget: db.query("DELETE FROM lost_file WHERE id = ?"),
    addKey: db.query("INSERT INTO secret VALUES ('link', ?) ON CONFLICT DO NOTHING"),
    key: db.query("SELECT value FROM secret WHERE name = 'link'"),
  };
}
