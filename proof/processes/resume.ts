import { becomeGuest, call, type Guest, readPage } from "../replay/call.ts";
import type { Chance } from "../chance.ts";
import { stayConnected } from "../replay/connection.ts";
import { PageReader } from "../replay/page-reader.ts";
import { FINISHED, ROOM, type Run } from "../replay/run.ts";
import { SocketReader } from "../replay/socket-reader.ts";
import { readFrames } from "../replay/sse.ts";
import { StreamReader } from "../replay/stream-reader.ts";
import { gap, object, parse, readCursor, text, WireFault } from "../replay/wire.ts";
import type { Fault } from "./fault.ts";
import { figures, judge } from "./scene.ts";

const AT_ONCE = 8;
const READERS = { ws: SocketReader, sse: StreamReader, http: PageReader };
/** What may be said of a cursor that leads nowhere. */
const NAMED = ["rewritten", "new_log", "invalid_cursor"];

export const resume: Fault = {
  name: "resume",
  what: "resumes from every cursor there is, after a kill -9, and from wrong ones",
  async strike(setting) {
    const [top, garbage] = setting.long ? [700, 1_000] : [100, 60];
    const differences: string[] = [];
    let [resumed, wrong] = [0, 0];
    const answers: Record<string, number> = {};
    const judged = await judge(setting, async ({ run, server, crowd }) => {
      const guest = await becomeGuest(run, run.ended, "somebody who comes back");
      if (!guest) throw new Error("the server was away");
      const elsewhere = await anotherRoom(run, guest);
      const writer = crowd.player("writer");
      for (let said = 1; said <= top; said++) writer.say(`m-${said}`, `message ${said}`);
      await crowd.until(() => crowd.waiting === 0, "it was not all stored");
      const log = await crowd.readLog();
      const { epoch } = await headOf(run, guest);
      await server.killAndRestart();
      await crowd.until(() => run.reading.size === 1, "the writer was not back");

      const cursors = [`${epoch}.0.-`, ...log.map(({ seq, id }) => `${epoch}.${seq}.${id}`)];
      const jobs = cursors.flatMap((cursor) =>
        (["ws", "sse", "http"] as const).map((door) => ({ cursor, door })),
      );
      await inParallel(jobs, async ({ cursor, door }) => {
        const name = `${door} after ${readCursor(cursor).seq}`;
        const reader = new READERS[door](run, name, cursor);
        const cut = new AbortController();
        const visit = reader.visit(cut.signal, guest.token);
        await crowd.until(
          () => run.reading.has(name) && reader.place.seq >= log.length,
          `${name} did not get all`,
        );
        cut.abort(FINISHED);
        await visit;
        resumed++;
      });

      const bad = [...wrongOnes(cursors, elsewhere, epoch), ...noise(run.chance, garbage, cursors)];
      const tries = bad.flatMap((one) =>
        (["ws", "sse", "http"] as const).map((door) => ({ ...one, door })),
      );
      await inParallel(tries, async ({ cursor, expected, door }) => {
        const answer = await ask[door](run, guest, cursor);
        answers[answer] = (answers[answer] ?? 0) + 1;
        wrong++;
        if (expected.includes(answer)) return;
        differences.push(`${door} answered ${JSON.stringify(cursor)} with ${answer}`);
      });
    });
    const counted = Object.entries(answers).map(([answer, count]) => `${count} ${answer}`);
    return {
      ...figures(judged),
      done: 3 * (judged.log.length + 1) + wrong,
      bit: resumed + wrong,
      differences: [...judged.differences, ...differences.slice(0, 5)],
      note: `${resumed} resumes over three doors, each the exact rest of the log; ${wrong} wrong cursors: ${counted.join(", ")}`,
    };
  },
};

async function inParallel<T>(jobs: readonly T[], work: (job: T) => Promise<void>): Promise<void> {
  const left = jobs.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const job of left) await work(job);
    }),
  );
}

async function headOf(run: Run, { token }: Guest): Promise<{ epoch: string; seq: number }> {
  const page = await readPage(run, run.ended, token, undefined, 1);
  if (!page) throw new Error("the server was away");
  return readCursor(page.cursor);
}

/** A cursor of a room that has a log of its own. */
async function anotherRoom(run: Run, { token }: Guest): Promise<string> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const body = JSON.stringify({ kind: "public", name: "elsewhere" });
  const made = await call(run, run.ended, "/v1/rooms", { method: "POST", headers, body });
  const room = text(object(made?.body.room, "room"), "id");
  const page = await call(run, run.ended, `/v1/rooms/${room}/events?limit=1`, { headers });
  return text(page?.body ?? {}, "cursor");
}

interface Wrong {
  readonly cursor: string;
  readonly expected: readonly string[];
}

function wrongOnes(cursors: readonly string[], elsewhere: string, epoch: string): Wrong[] {
  const rewritten = ["rewritten"];
  const last = cursors.at(-1) ?? "";
  const { seq: top } = readCursor(last);
  const id = last.split(".")[2] ?? "";
  return [
    ...cursors.slice(1, -1).flatMap((_, seq) => ({
      cursor: `${epoch}.${seq + 1}.${id}`,
      expected: rewritten,
    })),
    ...[1, 2, 100, 1e9, Number.MAX_SAFE_INTEGER - top].map((beyond) => ({
      cursor: `${epoch}.${top + beyond}.${id}`,
      expected: rewritten,
    })),
    { cursor: elsewhere, expected: ["new_log"] },
    { cursor: `${epoch}x.${top}.${id}`, expected: ["new_log"] },
  ];
}

/** Cursors with something broken in them, and things that never were any. */
function noise(chance: Chance, many: number, cursors: readonly string[]): Wrong[] {
  const letters = Array.from("abcXYZ019._-~%&=+ /\\'\"<>(){}[];:,!?*#@|^`$é漢😀\t");
  const one = (): string => {
    const cursor = chance.one(cursors);
    const at = chance.whole(0, cursor.length);
    const odd = Array.from({ length: chance.whole(1, 12) }, () => chance.one(letters)).join("");
    const kind = chance.whole(0, 4);
    if (kind === 0) return odd;
    if (kind === 1) return cursor.slice(0, at);
    if (kind === 2) return cursor.slice(0, at) + odd + cursor.slice(at);
    if (kind === 3)
      return cursor.replace(
        /\.\d+\./,
        `.${chance.one(["-1", "1e3", "1.5", "0x1", "٣", "9".repeat(30), "NaN"])}.`,
      );
    return odd.repeat(200);
  };
  const known = new Set([...cursors, ""]);
  return Array.from({ length: many }, one)
    .filter((cursor) => !known.has(cursor))
    .map((cursor) => ({ cursor, expected: NAMED }));
}

/** What each door says to a cursor: the reason of its gap, its error's code, or what else came. */
const ask = {
  async http(run: Run, { token }: Guest, cursor: string): Promise<string> {
    const query = new URLSearchParams({ after: cursor, limit: "1" });
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await call(run, run.ended, `/v1/rooms/${ROOM}/events?${query}`, { headers });
    if (answer?.status === 200) return answer.body.gap ? gap(answer.body.gap).reason : "events";
    return answer?.status === 400 ? text(answer.body, "code") : `status ${answer?.status}`;
  },

  async sse(run: Run, { token }: Guest, cursor: string): Promise<string> {
    const query = new URLSearchParams({ after: cursor });
    const cut = new AbortController();
    const response = await fetch(
      `http://${run.way.enter().address}/v1/rooms/${ROOM}/events?${query}`,
      {
        headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream" },
        keepalive: false,
        signal: cut.signal,
      },
    );
    if (response.status === 400) return text(parse(await response.text(), "a refusal"), "code");
    if (!response.ok || !response.body) return `status ${response.status}`;
    try {
      for await (const frame of readFrames(response.body)) {
        // Who is here says nothing of the log.
        if (frame.event === "signal") continue;
        return frame.event === "gap" ? gap(parse(frame.data, "a gap")).reason : frame.event;
      }
      return "nothing";
    } finally {
      cut.abort();
    }
  },

  async ws(run: Run, { token }: Guest, cursor: string): Promise<string> {
    const cut = new AbortController();
    const said = Promise.withResolvers<string>();
    const visit = stayConnected(run.way.enter().address, cut.signal, token, {
      welcomed: (connection) =>
        connection.ask({ type: "open-room", room: ROOM, after: cursor }, (reply) => {
          if (reply && !reply.ok) said.resolve(reply.code);
          else if (!reply) said.resolve("closed");
        }),
      frame: (frame) => {
        if (frame.type === "gap") said.resolve(gap(frame).reason);
        else if (frame.type === "events") said.resolve("events");
      },
    }).catch((error: unknown) => said.reject(error));
    try {
      return await said.promise;
    } catch (error) {
      if (error instanceof WireFault) return error.message;
      throw error;
    } finally {
      cut.abort();
      await visit;
    }
  },
};
