import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { systemClock } from "./clock.ts";
import { memoryBlobs } from "./engine/memory/blobs.ts";
import { openRedis } from "./engine/redis/engine.ts";
import { startCluster, startSentinels, type TestGroup } from "./engine/redis/failover/testing.ts";
import {
  cheapPasswords,
  startTestServer,
  type Frame,
  type TestGuest,
  type TestServer,
} from "./testing.ts";

// A primary that is gone, comes back or gives its slot away, under people who post.
setDefaultTimeout(40_000);
const [cluster, trio] = await Promise.all([startCluster(), startSentinels()]);
afterAll(() => Promise.all([cluster.close(), trio.close()]));
const blobs = memoryBlobs();

async function join(url: string, clock = systemClock) {
  const engine = await openRedis({ url, clock, blobs, durability: "replicated" });
  return startTestServer({ engine, clock, passwords: cheapPasswords });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await isSo()); await Bun.sleep(20))
    if (Date.now() > end) throw new Error(`never so: ${String(isSo)}`);
}

/** The room as a cursor leads through it; with `gap`, only up to where that sends its reader. */
async function log(url: string, token: string, gap?: Frame): Promise<Frame[]> {
  const all: Frame[] = [];
  const last = gap ? Number(gap["next"].split(".")[1]) : Infinity;
  for (let after = ""; ;) {
    const answer = await fetch(`${url}/v1/rooms/general/events?limit=200${after}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const page = (await answer.json()) as Frame;
    if (page["events"].length === 0) return all.filter(({ seq }) => seq <= last);
    all.push(...page["events"]);
    after = `&after=${page["cursor"]}`;
  }
}

/** What somebody sees who looks on: after a gap, what its pages say. */
async function seen(server: TestServer, token: string, frames: readonly Frame[]) {
  let all: Frame[] = [];
  for (const frame of frames)
    if (frame["type"] === "events") all.push(...frame["events"]);
    else if (frame["type"] === "gap") all = await log(server.url, token, frame);
  return all.map(({ seq, id, text }) => [seq, id, text]);
}

/**
 * People post on two servers, each one thing after the other, until each was answered
 * ten times more after the trouble; and what was answered is there once, in their order,
 * for all who look on.
 */
async function underPosts(urls: readonly string[], trouble: () => Promise<void>): Promise<void> {
  const servers = await Promise.all(urls.map((url) => join(url)));
  const readers = await Promise.all(
    servers.map((server, index) => server.guest(`Reader ${index}`)),
  );
  const sockets = await Promise.all(readers.map((reader) => reader.socket()));
  for (const socket of sockets) await socket.ask({ type: "open-room", room: "general" });
  const people = await Promise.all(
    servers.flatMap((server, index) =>
      [0, 1, 2].map((one) => server.guest(`Sender ${index}${one}`)),
    ),
  );
  const before = await log(servers[0]?.url ?? "", readers[0]?.token ?? "");
  let isOver = false;
  let refused = 0;
  const send = async (person: TestGuest) => {
    const said: { text: string; seq: number; id: string }[] = [];
    for (let after = 0; after < 10; after += isOver ? 1 : 0) {
      const text = `${person.user.id} ${said.length}`;
      for (const since = Date.now(); ;) {
        const asked = performance.now();
        const answer = await person.post(text, text);
        expect(performance.now() - asked).toBeLessThan(2_500);
        const body = (await answer.json()) as Frame;
        if (answer.ok) {
          said.push({ text, seq: body["message"].seq, id: body["message"].id });
          break;
        }
        expect([body["code"], Date.now() - since < 15_000]).toEqual(["store_unavailable", true]);
        refused++;
        await Bun.sleep(50);
      }
    }
    return said;
  };
  const senders = people.map(send);
  await Bun.sleep(150);
  await trouble();
  isOver = true;
  const answered = await Promise.all(senders);
  expect(refused).toBeGreaterThan(0);

  const [reader] = readers;
  const all = await log(servers[0]?.url ?? "", reader?.token ?? "");
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
  const posted = all.filter(({ type }) => type === "message.posted");
  for (const [index, said] of answered.entries()) {
    const stored = posted.filter(({ by }) => by === people[index]?.user.id);
    expect(stored.map(({ text, seq, id }) => ({ text, seq, id }))).toEqual(said);
  }
  const news = (events: Frame[]) => events.map(({ seq, id, text }) => [seq, id, text]);
  for (const [index, { frames }] of sockets.entries()) {
    const server = servers[index] as TestServer;
    const sees = () => seen(server, readers[index]?.token ?? "", frames);
    await until(async () => (await sees()).some(([seq]) => seq === all.length));
    const events = await sees();
    const [[first] = [1]] = events;
    expect(Number(first)).toBeLessThanOrEqual(before.length + 1);
    expect(events).toEqual(news(all.filter(({ seq }) => seq >= Number(first))));
  }
  for (const socket of sockets) socket.close();
  await Promise.all(servers.map((server) => server.close()));
}

/** A primary that stands still until another is in its place, and then goes on as if nothing was. */
async function standStill(group: TestGroup) {
  const old = await group.primary();
  old.pause();
  expect(await group.primary()).not.toBe(old);
  old.goOn();
}

test("[DUR5] [ORD1] [IDM3] [AVL3] a primary of a Cluster that stood still while it was replaced acknowledges nothing that is lost", async () => {
  const { url } = await cluster.primary();
  // One knows the whole Cluster, the other only who is about to fail.
  await underPosts([cluster.url, `${url}?protocol=3`], () => standStill(cluster));
});

test("[DUR5] [ORD1] [IDM3] kill -9 of a primary of a Cluster loses, repeats and reorders nothing that was answered", async () => {
  await underPosts([cluster.url, cluster.url], async () => {
    const old = await cluster.primary();
    await old.die();
    await cluster.primary();
    // Until there is a replica again nothing is answered.
    await old.rise();
  });
});

test("[DUR5] [ORD1] [IDM3] a slot that is moved to another primary under posts takes the house with it, and no step of it is done by half", async () => {
  await underPosts([cluster.url, cluster.url], () => cluster.moveHouse(() => Bun.sleep(10)));
});

test("[DUR5] [ORD1] [IDM3] behind Sentinels a primary that stood still while it was replaced acknowledges nothing that is lost", async () => {
  await underPosts([trio.url, trio.url], () => standStill(trio));
});
