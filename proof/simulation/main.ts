import { play } from "./play.ts";
const seed = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 1);
for (let s = seed; s < seed + count; s++) {
  const start = performance.now();
  const played = await play(s);
  console.log(
    s,
    `${Math.round(performance.now() - start)} ms`,
    played.history.length,
    JSON.stringify(played.crossed),
    Math.round(played.heal),
    Bun.hash(JSON.stringify(played.history)),
  );
  for (const w of played.wrong.slice(0, 8)) console.log("   ", w.slice(0, 600));
}
