import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkModel } from "./check.ts";
import type { Command, Plan, Wish } from "./command.ts";
import { Disagreement, play } from "./play.ts";
import type { Reply } from "./reference.ts";
import { World } from "./world.ts";

const RUNS = 10_000;
/** The same each time, so that whoever sees it fail can look; main.ts takes another each time. */
const SEED = 1;
const AT_MOST = 600_000;

test(
  `[ORD1] [ORD4] [ORD5] [ORD6] [ORD8] [ORD9] [IDM1] [IDM2] [IDM3] [IDM6] [RES3] [RES4] [RES5] [RES6] [ROOM8] [ROOM9] [ROOM11] [MSG4] [MSG5] [MSG8] [MSG9] [MSG11] [MSG13] [MSG16] [UNR1] [UNR2] [UNR3] [UNR4] ${RUNS} random runs agree with the reference room`,
  async () => {
    const { failure, runs } = await checkModel({ runs: RUNS, seed: SEED });
    if (failure !== null) throw new Error(failure);
    expect(runs).toBe(RUNS);
  },
  AT_MOST,
);

const folder = mkdtempSync(join(tmpdir(), "snug-model-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a server that is not as it should be is found out", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.open(join(folder, "world"));
  });
  afterAll(() => world.close());

  /** Plays these one after the other on a server whose answers are tampered with. */
  const played = async (wishes: Wish[], tamper: (command: Command, reply: Reply) => Reply) => {
    const honest = world.perform.bind(world);
    world.perform = async (command) => tamper(command, await honest(command));
    const steps = wishes.map((wish) => ({ wish, together: false, pause: 0 }));
    try {
      await play(world, { kind: "public", capacity: null, steps } satisfies Plan);
      return null;
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      return error.message;
    } finally {
      world.perform = honest;
    }
  };
  const post = (clientId: string): Wish => ({
    do: "post",
    by: "cid",
    clientId,
    text: "tea",
    n: 0,
    where: "alone",
  });
  const page: Wish = { do: "events", by: "eve", after: { kind: "known", n: 2 }, limit: 8 };
  const wishes = [post("c1"), post("c1"), page];

  test("or not, when it is", async () => {
    expect(await played(wishes, (_, reply) => reply)).toBeNull();
  });

  test("by an answer to a repeat that calls it new", async () => {
    const found = await played(wishes, ({ do: what }, reply) => {
      if (what !== "post" || !("value" in reply)) return reply;
      return { value: { ...(reply.value as object), repeated: false } };
    });
    expect(found).toContain('"repeated":true');
  });

  test("by a page that passes over an event", async () => {
    const found = await played(wishes, ({ do: what }, reply) => {
      if (what !== "events" || !("value" in reply)) return reply;
      const { events, ...rest } = reply.value as { events: unknown[] };
      return { value: { ...rest, events: events.slice(1) } };
    });
    expect(found).toContain('"do":"events"');
  });

  test("by something that is stored and was not asked for", async () => {
    const found = await played(wishes, (command, reply) => {
      if (command.do === "events")
        void world.perform({ ...post("c9"), replyTo: null, thread: null } as unknown as Command);
      return reply;
    });
    expect(found).toContain("the log has 6 events, not 5");
  });
});

describe("main.ts", () => {
  const main = async (...args: string[]) => {
    const command = [process.execPath, join(import.meta.dirname, "main.ts"), ...args];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
    const [out, err] = [
      await new Response(child.stdout).text(),
      await new Response(child.stderr).text(),
    ];
    return { code: await child.exited, out, err };
  };

  test("plays the runs of a seed and writes one finding", async () => {
    const file = join(folder, "findings.jsonl");
    const { code, out } = await main("--runs", "5", "--seed", "1", "--findings", file);
    expect({ code, out: out.trim() }).toMatchObject({ code: 0 });
    expect(out).toMatch(/^5 runs, \d+ commands, .* seed 1: all agree\n$/);
    const [finding, ...more] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(more).toEqual([]);
    expect(JSON.parse(finding ?? "")).toMatchObject({ part: "model", done: 5, result: "kept" });
  });

  test.each(["--runs", "--runs many", "--path 1", "--else"])(
    "says in one line what is wrong: %s",
    async (args) => {
      const { code, err } = await main(...args.split(" "));
      expect(code).toBe(2);
      expect(err).toMatch(new RegExp(`^[^\\n]*${args.split(" ")[0]}\\b[^\\n]*\\n$`));
    },
  );
});
