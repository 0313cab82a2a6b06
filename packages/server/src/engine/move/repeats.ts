import type { Database } from "bun:sqlite";
import type { Message } from "@snug/protocol";
import { parse } from "../redis/messages.ts";
import { roomKeys } from "../redis/keys.ts";
import { DAY_MS, sentField } from "../redis/room.ts";
import { ROWS, type Part } from "./part.ts";

interface Room {
  readonly num: number;
  readonly id: string;
  readonly base: number;
  readonly at: number | null;
}

interface Sent {
  readonly seq: number;
  readonly id: string;
  readonly at: number;
  readonly by: string;
  readonly clientId: string | null;
  readonly json: string;
}

/** What was sent yesterday or today, newest first, trimmed or not: so long a repeat is known here. */
export function repeats(db: Database, now: number): Part {
  const room = db.query(
    `SELECT num, id, base_seq AS base,
       (SELECT at FROM event WHERE room = room.num ORDER BY seq DESC LIMIT 1) AS at
     FROM room WHERE num >= ? ORDER BY num LIMIT 1`,
  );
  const sent = db.query(
    `SELECT seq, id, at, by, client_id AS clientId, json FROM event
     WHERE room = ? AND seq < ? ORDER BY seq DESC LIMIT ${ROWS}`,
  );
  return function* (after) {
    const [first, below] = after === null ? [0, END] : (JSON.parse(after) as [number, number]);
    /** When the last of these was trimmed: what was trimmed with it is said with it. */
    let trimmed: number | null = null;
    for (let [num, seq] = [first, below]; ;) {
      const found = room.get(num) as Room | null;
      if (found === null) return;
      num = found.num;
      const today = Math.floor(Math.max(now, found.at ?? 0) / DAY_MS);
      // Cut here: where few are as young, to look for more would go through all.
      const rows = (sent.all(num, seq) as Sent[]).filter(({ at }) => at >= (today - 1) * DAY_MS);
      const last = rows.at(-1);
      if (last === undefined) {
        [num, seq, trimmed] = [num + 1, END, null];
        continue;
      }
      seq = last.seq;
      const commands: string[][] = [];
      for (const row of rows) {
        const message = parse<Partial<Message>>(row.json) ?? {};
        if (row.clientId !== null) commands.push(...sentCommands(found, row, message));
        const { deletedAt } = message;
        if (row.seq > found.base || typeof deletedAt !== "number" || deletedAt === trimmed)
          continue;
        commands.push(...trimCommands(found, row, deletedAt));
        trimmed = deletedAt;
      }
      yield { commands, upTo: JSON.stringify([num, seq]) };
    }
  };
}

const END = Number.MAX_SAFE_INTEGER;

/** A log is gone through from its end, so what is said first lives longest. */
const endOf = (at: number) => String(((Math.floor(at / DAY_MS) + 3) * DAY_MS) / 1_000);

function sentCommands(
  { id: room }: Room,
  { seq, id, at, by, clientId }: Sent,
  { replyTo, thread }: Partial<Message>,
): string[][] {
  const key = roomKeys(room).sent(Math.floor(at / DAY_MS));
  const place = [seq, at, id, replyTo ?? "", thread ?? ""].join(" ").trimEnd();
  return [
    ["HSET", key, sentField(by, clientId ?? ""), place],
    ["EXPIREAT", key, endOf(at), "NX"],
  ];
}

function trimCommands({ id: room }: Room, { seq, at }: Sent, trimmed: number): string[][] {
  const { trims } = roomKeys(room);
  return [
    ["ZADD", trims, String(seq), `${seq} ${trimmed}`],
    ["EXPIREAT", trims, endOf(at), "NX"],
  ];
}
