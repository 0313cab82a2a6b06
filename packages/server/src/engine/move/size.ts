import type { Database } from "bun:sqlite";

export interface Size {
  readonly events: number;
  readonly files: number;
  /** Bytes of Redis' memory that it takes, by rule of thumb. */
  readonly memory: number;
}

/** What an event takes beside its text, and a user or a file in all, as was measured. */
const EVENT = 250;
const RECORD = 1_000;

/** Goes through all events. */
export function sizeOf(db: Database): Size {
  const { events, bytes, users, files } = db
    .query(
      `SELECT count(*) AS events, ifnull(sum(octet_length(json)), 0) AS bytes,
         (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM file) AS files
       FROM event JOIN room ON room.num = event.room WHERE event.seq > room.base_seq`,
    )
    .get() as Record<"events" | "bytes" | "users" | "files", number>;
  return { events, files, memory: bytes + events * EVENT + (users + files) * RECORD };
}
