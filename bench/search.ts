// npm run bench:search [-- --messages N]: what it costs to keep a million messages searchable, and to search them.
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RoomId, SessionId, UserId } from "../packages/protocol/src/index.ts";
import type { Actor } from "../packages/server/src/core/actor.ts";
import { deleteDraft, editDraft } from "../packages/server/src/core/draft.ts";
import { search } from "../packages/server/src/core/verbs/search.ts";
import { newRoom, newSession, newUser, posting } from "../packages/server/src/fixtures.ts";
import { joining } from "../packages/server/src/engine/contract/stage.ts";
import { randomIds as ids } from "../packages/server/src/ids.ts";
import { openEmbedded, systemClock as clock } from "../packages/server/src/index.ts";
import { readOptions } from "../proof/options.ts";
import { out } from "./build.ts";
import { quantile } from "./figures.ts";

const { messages: MESSAGES = 1_000_000 } = readOptions(
  "Usage: npm run bench:search [-- --messages N]",
  { numbers: { messages: 1_000 } },
);
const ROOMS = 200;
const BATCH = 5_000;
const REPEATS = 40;
/** Milliseconds that the slowest but one in twenty may take. */
const GOAL = 50;

// The same texts in every run.
let state = 7;
const chance = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
const below = (most: number) => Math.floor(chance() * most);
/** Small numbers come often, large ones seldom, as words do. */
const often = (most: number) => Math.min(most - 1, Math.floor(most ** chance()) - 1);

/** Made-up words of a script, the common ones short. */
function vocabulary(letters: string, count: number, shortest: number, longest: number): string[] {
  const all = Array.from(letters);
  return Array.from({ length: count }, (_, rank) => {
    const length = shortest + below(Math.min(longest - shortest, 1 + Math.log2(rank + 1)) + 1);
    return Array.from({ length }, () => all[Math.floor(all.length * chance() ** 1.6)]).join("");
  });
}
const hanzi = Array.from({ length: 3_000 }, (_, index) => String.fromCodePoint(0x4e00 + index * 6));
const hangul = Array.from({ length: 1_200 }, (_, index) =>
  String.fromCodePoint(0xac00 + index * 9),
);
const scripts = {
  latin: {
    words: vocabulary("etaoinsrhldcumfpgwybvkxéüöjqz", 40_000, 2, 10),
    gap: " ",
    share: 0.6,
  },
  cyrillic: {
    words: vocabulary("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ", 30_000, 2, 10),
    gap: " ",
    share: 0.1,
  },
  han: { words: vocabulary(hanzi.join(""), 20_000, 1, 2), gap: "", share: 0.1 },
  hangul: { words: vocabulary(hangul.join(""), 20_000, 2, 4), gap: " ", share: 0.1 },
  arabic: {
    words: vocabulary("الينمرتوبعدسفهكقحجطشصخغضذثزءظ", 20_000, 2, 7),
    gap: " ",
    share: 0.1,
  },
};
type Script = keyof typeof scripts;

function script(): Script {
  let at = chance();
  for (const [name, { share }] of Object.entries(scripts))
    if ((at -= share) < 0) return name as Script;
  return "latin";
}
function say(): string {
  const { words, gap } = scripts[script()];
  const text = Array.from({ length: 3 + below(20) }, () => words[often(words.length)]).join(gap);
  return below(20) === 0 ? `${text} https://example.org/t/${below(1e6)}` : text;
}

const folder = mkdtempSync(join(process.env["TMPDIR"] ?? out, "search-"));
try {
  let engine = await openEmbedded({ folder, clock });
  const rooms = Array.from({ length: ROOMS }, (_, index) => `room${index}` as RoomId);
  const small = "small" as RoomId;
  await Promise.all(
    [...rooms, small].map((room) => engine.store.addRoom(newRoom(room, { kind: "private" }))),
  );
  const people = ["ann", "bob", "cleo", "dan", "eve"];
  for (const user of people)
    await engine.store.addUser(
      newUser(user),
      newSession(`s-${user}`),
      rooms.map((room) => joining(room, user)),
    );
  await engine.store.addUser(newUser("hermit"), newSession("s-hermit"), [joining(small, "hermit")]);

  const samples: string[] = [];
  let start = process.cpuUsage();
  for (let said = 0; said < MESSAGES; said += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, MESSAGES - said) }, say);
    samples.push(...texts.slice(0, 5));
    await Promise.all(
      texts.map((text) =>
        engine.store.append(
          posting(rooms[often(ROOMS)] ?? small, people[below(5)] ?? "ann", text, null),
        ),
      ),
    );
    for (let index = 0; said % 50_000 === 0 && index < 5; index++)
      await engine.store.append(posting(small, "hermit", say(), null));
  }
  console.log(
    `${MESSAGES} messages in ${ROOMS} rooms: ${cpu(start, MESSAGES)} µs CPU each to store`,
  );
  await engine.close();

  start = process.cpuUsage();
  engine = await openEmbedded({ folder, clock });
  console.log(`started again, what was not indexed is: ${cpu(start, 1_000)} ms CPU`);
  const store = engine.store;
  // The rest is indexed beside other work.
  await Bun.sleep(2_000);

  const world = { store, clock };
  const times: number[] = [];
  const ask = async (name: string, query: () => string, user = "ann") => {
    const took: number[] = [];
    let hits = 0;
    let pages = 0;
    const since = process.cpuUsage();
    for (let index = 0; index < REPEATS; index++) {
      const q = query();
      const begin = performance.now();
      const found = await search(world, actor(user), { q, limit: 50 });
      took.push(performance.now() - begin);
      if (!found.ok) throw new Error(`${q}: ${found.error.detail}`);
      hits += found.value.hits.length;
      if (found.value.next !== null) pages++;
    }
    times.push(...took);
    const mean = cpu(since, REPEATS * 1_000).padStart(7);
    const figures = [0.5, 0.95, 1].map((part) => quantile(took, part).toFixed(1).padStart(7));
    console.log(
      `${name.padEnd(28)}${figures.join("")}${mean}   ${(hits / REPEATS).toFixed(0).padStart(3)} hits, ${pages} of ${REPEATS} go on`,
    );
  };
  const word = (name: Script, from: number, to: number) => () =>
    scripts[name].words[from + below(to - from)] ?? "";
  const part = (text: string) => Array.from(text).slice(1).join("") || text;
  const sample = () => samples[below(samples.length)] ?? "";
  console.log(`\n${"milliseconds for".padEnd(28)}    p50    p95    max    CPU`);
  await ask("a common word", word("latin", 0, 50));
  await ask("a word", word("latin", 200, 2_000));
  await ask("a rare word", word("latin", 20_000, 40_000));
  await ask("part of a rare word", () => part(word("latin", 20_000, 40_000)()));
  await ask("two words", () => `${word("latin", 20, 200)()} ${word("latin", 200, 2_000)()}`);
  await ask("a phrase", () => `"${sample().slice(0, 24)}"`);
  await ask("one letter", () => "etaoqxzж東"[below(9)] ?? "e");
  await ask("a Cyrillic word", word("cyrillic", 1_000, 30_000));
  await ask("one Chinese character", () => hanzi[below(hanzi.length)] ?? "");
  await ask("a Chinese word", word("han", 1_000, 20_000));
  await ask("a Korean word", word("hangul", 1_000, 20_000));
  await ask("an Arabic word", word("arabic", 1_000, 20_000));
  await ask("a number", () => `t/${below(1e6)}`);
  await ask("what nobody said", () => `zzq${below(1e6)}x`);
  await ask("of somebody", () => `from:bob ${word("latin", 200, 2_000)()}`);
  await ask("without a word", () => `${word("latin", 200, 2_000)()} -${word("latin", 0, 20)()}`);
  await ask("a common word, one room", word("latin", 0, 50), "hermit");
  await ask("a rare word, one room", word("latin", 20_000, 40_000), "hermit");
  const p95 = quantile(times, 0.95);
  console.log(
    `all ${times.length}: p50 ${quantile(times, 0.5).toFixed(1)}, p95 ${p95.toFixed(1)} (goal: ${GOAL})`,
  );

  // Of indexed messages: what is new is in no index yet.
  const room = rooms[0] ?? small;
  const { head } = await store.read(room, null, { events: 0, bytes: 0 });
  const targets = (
    await store.messages(room, { at: "around", seq: head.seq >> 1, limit: 100, thread: null })
  ).messages;
  start = process.cpuUsage();
  for (const { seq, json } of targets) {
    const by = (JSON.parse(json) as { by: UserId }).by;
    await store.append(editDraft(ids, room, by, { target: seq, text: say(), mentions: [] }));
  }
  console.log(`\nan edit of an indexed message: ${cpu(start, targets.length * 1_000)} ms CPU`);
  start = process.cpuUsage();
  for (const { seq, json } of targets) {
    const by = (JSON.parse(json) as { by: UserId }).by;
    await store.append(deleteDraft(ids, room, by, { target: seq, thread: null }));
  }
  console.log(`a deletion: ${cpu(start, targets.length * 1_000)} ms CPU`);
  start = process.cpuUsage();
  const began = performance.now();
  await store.destroyRoom(room);
  const gone = performance.now() - began;
  await engine.close();
  console.log(
    `a room of ${head.seq} events destroyed in ${gone.toFixed(0)} ms, out of the index after ${cpu(start, 1_000)} ms CPU in all`,
  );

  const file = join(folder, "snug.db");
  const db = new Database(file, { readonly: true });
  const { bytes } = db
    .query(
      "SELECT sum(length(postings)) + (SELECT sum(length(rooms)) FROM block) AS bytes FROM gram",
    )
    .get() as { bytes: number };
  db.close();
  console.log(
    `index: ${Math.round(bytes / MESSAGES)} bytes a message, of ${Math.round(statSync(file).size / MESSAGES)} in the file`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function actor(user: string): Actor {
  return {
    user: { id: user as UserId, name: user, guest: true },
    session: `s-${user}` as SessionId,
    admin: false,
    scope: null,
    expiresAt: null,
  };
}

/** Microseconds of CPU since then, for each. */
function cpu(since: NodeJS.CpuUsage, each: number): string {
  const { user, system } = process.cpuUsage(since);
  return ((user + system) / each).toFixed(1);
}
