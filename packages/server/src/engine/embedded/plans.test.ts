import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemClock as clock } from "../../clock.ts";
import { Files } from "./files.ts";
import { Invites } from "./invites.ts";
import { Log } from "./log.ts";
import { Membership } from "./membership.ts";
import { People } from "./people.ts";
import { migrate } from "./schema.ts";
import { SearchIndex } from "./search-index.ts";

let db: Database;
const statements: string[] = [];
beforeAll(() => {
  db = new Database(":memory:", { strict: true });
  migrate(db);
  const query = db.query.bind(db);
  db.query = ((sql: string) => {
    statements.push(sql);
    return query(sql);
  }) as typeof db.query;
  const index = new SearchIndex(db);
  new Log(db, clock, new Membership(db), index, new Files(db, index));
  new People(db);
  new Invites(db);
  db.query = query;
});
afterAll(() => db.close());

test("no statement goes through the messages of all rooms or of one, or what is kept beside them, but to erase them or where an index is damaged", () => {
  const all = /^SCAN (event|e|folded|edit|mention|c|d|follow|f|member|last_role|gram|block|file)\b/;
  const ofRoom = /^SEARCH (event|folded|edit|mention) .*\(room=\?\)$/;
  const erasing = /^DELETE FROM \w+ WHERE (room = \?$|num IN|room = \$room AND \(seq <= \$upTo OR)/;
  const around = /\bevent NOT INDEXED\b/;
  const walks = statements.filter(
    (sql) =>
      !around.test(sql) &&
      (db.query(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).some(
        ({ detail }) => all.test(detail) || (ofRoom.test(detail) && !erasing.test(sql)),
      ),
  );
  expect(statements.length).toBeGreaterThan(100);
  expect(walks).toEqual([]);
});

// SQLite looks at a bare one for its plan, and prepares the statement anew each time it is bound.
test("no statement has a bare value for its limit", () => {
  expect(statements.filter((sql) => /\bLIMIT \+[?$]/.test(sql)).length).toBeGreaterThan(5);
  expect(statements.filter((sql) => /\b(LIMIT|OFFSET) [?$]/.test(sql))).toEqual([]);
});
