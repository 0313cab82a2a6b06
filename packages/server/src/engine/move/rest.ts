import type { Database } from "bun:sqlite";
import { BYTES } from "../redis/files.ts";
import { goneKey, house } from "../redis/keys.ts";
import { ADMINS } from "../redis/people.ts";
import { many, type Part } from "./part.ts";

/** What belongs to the house as a whole, at once. */
export function rest(db: Database, now: number): Part {
  return function* (after) {
    if (after !== null) return;
    const { bytes, admins, made, order } = db
      .query(
        `SELECT (SELECT ifnull(sum(size), 0) FROM file WHERE json IS NOT NULL) AS bytes,
           (SELECT count(*) FROM user WHERE admin = 1) AS admins,
           (SELECT ifnull(max(num), 0) FROM room) AS made,
           (SELECT ifnull(max(num), 0) FROM event) AS "order"`,
      )
      .get() as Record<"bytes" | "admins" | "made" | "order", number>;
    const link = db.query("SELECT value FROM secret WHERE name = 'link'").get() as {
      value: Uint8Array;
    } | null;
    const lost = db
      .query("SELECT id FROM lost_file UNION SELECT id FROM file WHERE json IS NULL")
      .all() as { id: string }[];
    const gone = db.query("SELECT hash, until FROM gone WHERE until > ?").all(now) as {
      hash: string;
      until: number;
    }[];
    yield {
      commands: [
        ["HSET", house.facts, ADMINS, String(admins), BYTES, String(bytes)],
        ...(link
          ? [["HSET", house.facts, "link", Buffer.from(link.value).toString("base64")]]
          : []),
        ["SET", house.order, String(order)],
        ["SET", house.made, String(made)],
        ...many(
          "SADD",
          house.lost,
          lost.map(({ id }) => id),
        ),
        ...gone.map(({ hash, until }) => [
          "SET",
          goneKey(hash),
          String(until),
          "PXAT",
          String(until),
        ]),
      ],
      upTo: "",
    };
  };
}
