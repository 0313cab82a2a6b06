import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check, type Rule, type Verdict } from "../checker.ts";
import type { Transport } from "../history.ts";
import { judge } from "./judge.ts";
import { parseLog } from "./log.ts";
import { type Order, play, type Played } from "./play.ts";
import { ROOM } from "./run.ts";
import { drawOutSample } from "./sample.ts";
import { type Tally, tally } from "./tally.ts";

const SEED = 7;
const LINES = 2_000;
const SECONDS = 8;
const AT_MOST = 60_000;

const folder = mkdtempSync(join(tmpdir(), "snug-replay-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a talk of 2,000 lines, with cuts and a kill", () => {
  let played: Played;
  let verdict: Verdict;
  let sums: Tally;

  beforeAll(async () => {
    const lines = parseLog(await drawOutSample(SEED, LINES));
    const speed = (lines.at(-1)?.second ?? 0) / SECONDS;
    played = await play({ ...order(), lines, speed });
    verdict = check(ROOM, played.history, played.log);
    sums = tally(played, verdict);
  }, AT_MOST);

  const broken = (...rules: Rule[]) =>
    verdict.violations.filter(({ rule }) => rules.includes(rule));
  const watchers = (transport: Transport) =>
    sums.readers.filter((reader) => !reader.player && reader.transport === transport);

  test("goes through with nothing that differs", () => {
    expect(judge(played, verdict, sums, 1)).toEqual([]);
    expect(sums).toMatchObject({ said: LINES, acknowledged: LINES, refused: {}, unanswered: 0 });
  });

  test("was crossed by what it is there to cross", () => {
    expect(sums.kills).toBe(1);
    expect(sums.closes.killed).toBeGreaterThan(0);
    expect(sums.sentAgainInLog).toBeGreaterThan(0);
    for (const transport of ["ws", "sse", "http"] as const) {
      expect(watchers(transport)).toHaveLength(3);
      for (const watcher of watchers(transport)) {
        expect(watcher.resumes).toBeGreaterThan(0);
        expect(watcher.caughtUp).toBeGreaterThan(0);
      }
    }
  });

  test("[DUR1] [DUR2] what was acknowledged or seen is there after the server was killed", () => {
    expect(broken("I3", "I7", "I10", "I17")).toEqual([]);
    expect(sums.lost).toBe(0);
  });

  test("[IDM1] [IDM4] what was sent again for a lost answer is in the log once, over a restart too", () => {
    expect(sums.sentAgain).toBeGreaterThan(0);
    expect(broken("I4", "I5")).toEqual([]);
    expect(sums.repeated).toBe(0);
  });

  test("[ORD1] the log has the seq 1, 2, 3 … over a restart", () => {
    expect(broken("I1")).toEqual([]);
    expect(played.log.length).toBeGreaterThan(LINES);
    expect(played.log.map(({ seq }) => seq)).toEqual(played.log.map((_, index) => index + 1));
  });

  test("[ORD2] [RES2] [WS7] WebSocket, SSE and paging show the same events, and so does the log read later", () => {
    expect(broken("I2", "I11")).toEqual([]);
  });

  test("[ORD3] [ORD4] what one sends in order, and what follows an answer, stays in order", () => {
    expect(broken("I8", "I9")).toEqual([]);
    expect(sums.reordered).toBe(0);
  });

  test("[RES1] [RES10] [MSG7] every reader saw the whole log once and in order, over all resumes", () => {
    expect(broken("I6", "I7")).toEqual([]);
    for (const reader of sums.readers) {
      expect(reader).toMatchObject({ lost: 0, repeated: 0, reordered: 0 });
    }
    for (const transport of ["ws", "sse", "http"] as const) {
      for (const { seen } of watchers(transport)) expect(seen).toBe(played.log.length - 1);
    }
  });

  test("[RES7] [RES9] a long absence is a gap to page on WebSocket, and nothing special on SSE", () => {
    const gaps = played.history.filter((entry) => entry.kind === "gap");
    expect(gaps.length).toBeGreaterThan(0);
    for (const gap of gaps) expect(gap).toMatchObject({ transport: "ws", reason: "too_far" });
  });

  test("[AUTH2] [ROOM1] sessions and the room outlive the server", () => {
    expect(sums.kills).toBe(1);
    expect(new Set(played.history.flatMap((it) => (it.kind === "open" ? it.epoch : []))).size).toBe(
      1,
    );
  });
});

describe("a server that fails its run", () => {
  const lines = parseLog("[10:00] <ada> tea?\n[10:00] <bob> yes!");
  const differences = async (script: string) => {
    const command = [process.execPath, "-e", script];
    const run = await play({ ...order(), lines, speed: 60, command });
    const verdict = check(ROOM, run.history, run.log);
    return judge(run, verdict, tally(run, verdict), 0);
  };

  test("it ends before it is ready", async () => {
    const [first] = await differences("console.error('no tea'); process.exit(3)");
    expect(first).toBe("server ended by itself (code 3). no tea");
  });

  test("it ends while it is needed", async () => {
    const script = `
      const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => process.exit(4) });
      console.log("ready at http://127.0.0.1:" + server.port + " (durability none)");`;
    const [first] = await differences(script);
    expect(first).toBe("server ended by itself (code 4).");
  });

  test("it answers what the protocol does not have", async () => {
    const script = `
      const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("tea") });
      console.log("ready at http://127.0.0.1:" + server.port + " (durability none)");`;
    expect((await differences(script)).join("\n")).toContain("is not JSON: tea");
  });
});

function order(): Pick<Order, "seed" | "kills" | "watchersEach" | "folder"> {
  return { seed: SEED, kills: 1, watchersEach: 3, folder: mkdtempSync(join(folder, "run-")) };
}
