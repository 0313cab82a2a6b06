import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GENERAL } from "../../packages/protocol/src/index.ts";
import { FolderError, openEmbedded, systemClock } from "../../packages/server/src/index.ts";
import { canonical, type LogEvent } from "../history.ts";

type Engine = Awaited<ReturnType<typeof openEmbedded>>;
type Draft = Parameters<Engine["store"]["append"]>[0];

/** What an engine made of files that something happened to. */
export interface Reopened {
  /** Why it would not open, or would not read on; what was read before stands in `events`. */
  refused: string | undefined;
  events: { seq: number; id: string; type: string; body: string }[];
  /** Repeats of what it holds that it took for something new, or for another message under a taken clientId. */
  forgotten: number;
  /** What it says to somebody who has read up to the newest event there ever was. */
  toReader: string;
  /** In which it went otherwise than an engine should that holds these events. */
  differences: string[];
}

/** Where files are opened again that need not outlive anything: in memory, which has no syncs to wait for. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Opens the files with the engine, reads all, sends something new and repeats what is there. */
export async function reopen(
  { db, wal }: { db: Buffer; wal: Buffer },
  newest: { seq: number; id: string },
): Promise<Reopened> {
  const folder = mkdtempSync(join(MEMORY, "snug-reopen-"));
  writeFileSync(join(folder, "snug.db"), db);
  writeFileSync(join(folder, "snug.db-wal"), wal);
  const result: Reopened = {
    refused: undefined,
    events: [],
    forgotten: 0,
    toReader: "",
    differences: [],
  };
  let engine: Engine | undefined;
  try {
    engine = await openEmbedded({ folder, clock: systemClock });
    await use(engine, result, newest);
  } catch (error) {
    // Whatever else it throws is no answer of a store.
    const isAnswer = error instanceof FolderError || (error instanceof Error && "code" in error);
    if (!isAnswer) result.differences.push(`it threw ${String(error)}`);
    result.refused = error instanceof Error ? error.message : String(error);
  } finally {
    await engine?.close();
    rmSync(folder, { recursive: true });
  }
  return result;
}

async function use(
  { store }: Engine,
  result: Reopened,
  { seq, id }: { seq: number; id: string },
): Promise<void> {
  const room = await store.room(GENERAL);
  if (room === null) return;
  const place = { epoch: room.epoch, seq, id };
  const seen = await store.read(GENERAL, place as never, { events: 1, bytes: 1 });
  result.toReader = seen.gap ?? "nothing";
  let cursor: { epoch: string; seq: number; id: string } | null = null;
  let head = 0;
  const drafts: Draft[] = [];
  for (;;) {
    const page = await store.read(GENERAL, cursor as never, { events: 200, bytes: 1e9 });
    head = page.head.seq;
    if (cursor !== null && page.gap !== null) {
      // Where it does not find its own place again, it says so.
      result.toReader = page.gap;
      break;
    }
    if (page.events.length === 0) {
      const read = result.events.at(-1)?.seq ?? 0;
      if (read !== head)
        result.differences.push(`the log ended at ${read}, and its head is ${head}`);
      break;
    }
    for (const { seq, id, json } of page.events) {
      const event = JSON.parse(json) as { type: string; by: string; clientId?: string };
      result.events.push({ seq, id, type: event.type, body: canonical(event) });
      if (event.type === "message.posted") drafts.push(repeatOf(json, event));
    }
    const last = page.events.at(-1);
    cursor = last ? { epoch: page.epoch, seq: last.seq, id: last.id } : null;
  }
  const last = drafts.at(-1);
  if (!last) return;
  const known = await Promise.all(drafts.map((draft) => store.append(draft)));
  result.forgotten = known.filter(({ kind }) => kind !== "repeated").length;
  const anew = known.filter(({ kind }) => kind === "stored").length;
  const next = await store.append({ ...last, id: crypto.randomUUID(), clientId: "one-more" });
  const expected = head + anew + 1;
  if (next.kind !== "stored" || next.event.seq !== expected) {
    result.differences.push(`what came next was ${JSON.stringify(next)}, not seq ${expected}`);
  }
}

/** What no engine should do that holds a beginning of the log. */
export function oddities({ differences, forgotten, toReader, events }: Reopened): string[] {
  const told = events.length === 0 || ["nothing", "rewritten"].includes(toReader);
  return [
    ...differences,
    ...(forgotten > 0 ? [`${forgotten} repeats were not known again`] : []),
    ...(told ? [] : [`who had read everything was told ${toReader}`]),
  ];
}

export function newestOf(log: readonly LogEvent[]): LogEvent {
  const newest = log.at(-1);
  if (!newest) throw new Error("there is no log to compare with");
  return newest;
}

/** The send that led to this event, once more. */
function repeatOf(json: string, { by, clientId }: { by: string; clientId?: string }): Draft {
  const body = json.replace(/^\{"seq":\d+,"at":\d+,"id":"[^"]*",/, "").slice(0, -1);
  const draft = { room: GENERAL, id: crypto.randomUUID(), type: "message.posted", by, body };
  return { ...draft, needs: null, clientId: clientId ?? null, effect: null } as Draft;
}

/** How many events it holds, when they are the beginning of the log and nothing else. */
export function prefix(events: Reopened["events"], log: readonly LogEvent[]): number | undefined {
  const same = events.every(({ seq, id, body }, index) => {
    const truth = log[index];
    return truth?.seq === seq && truth.id === id && truth.body === body;
  });
  return same ? events.length : undefined;
}
