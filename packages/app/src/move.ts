import { hostsIn, openFolderBlobs, systemClock } from "@snug/server";
import { moveHouse } from "@snug/server/redis";
import { join } from "node:path";
import type { MoveConfig } from "./config.ts";
import { bucketOf } from "./open-engine.ts";

/** Milliseconds between two words of how far it is. */
const PATIENCE = 5_000;

/** Takes a house from its folder to a Redis, and says what was taken there. */
export async function move({ data, redis, s3 }: MoveConfig): Promise<void> {
  const host = hostsIn(redis.url);
  const from = openFolderBlobs(join(data, "files"));
  const to = s3 ? await bucketOf(s3, data) : from;
  let told = Date.now();
  const moved = await moveHouse({
    ...redis,
    folder: data,
    clock: systemClock,
    from,
    to,
    onBegin({ events, files, memory }, goesOn) {
      console.log(
        `${goesOn ? "Going on with moving" : "Moving"} the house in ${data} to the Redis at ${host}: ${count(events)} events and ${count(files)} files. It takes some ${mebibytes(memory)} of Redis' memory.`,
      );
    },
    onStep(events) {
      if (Date.now() - told < PATIENCE) return;
      told = Date.now();
      console.error(`${count(events)} events so far …`);
    },
  });
  if (moved === null)
    return console.log(`The house in ${data} was moved to the Redis at ${host} before.`);
  const { copied, compared } = moved.seconds;
  const rows = [
    ["people", count(moved.people)],
    ["sessions", count(moved.sessions)],
    ["rooms", count(moved.rooms)],
    ["events", count(moved.events), `SHA-256 ${moved.checksum}`],
    ["files", count(moved.files)],
    ["bytes", count(moved.bytes), s3 ? `in the bucket ${s3.bucket}` : `left in ${data}`],
    [
      "seconds",
      (copied + compared).toFixed(1),
      `${copied.toFixed(1)} to copy (${count(Math.round(moved.brought / copied))} events a second), ${compared.toFixed(1)} to compare`,
    ],
  ];
  for (const [name = "", value = "", more = ""] of rows)
    console.log(`  ${name.padEnd(9)}${value.padStart(14)}  ${more}`.trimEnd());
  console.log(
    `All of it is on the Redis at ${host} as it was. Start nodes with --redis${s3 ? " and --s3" : ` and --data ${data}`}; nothing starts in the folder alone any more.`,
  );
}

const count = (number: number) => number.toLocaleString("en");
const mebibytes = (bytes: number) => `${count(Math.ceil(bytes / 1024 / 1024))} MiB`;
