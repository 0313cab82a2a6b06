import type { SearchHit } from "@snug/client";

/** Hits of one room that follow one another. */
export interface Run {
  readonly room: string;
  readonly hits: readonly SearchHit[];
}

/** The hits as they come, the newest first, with a room named where another begins. */
export function runsOf(hits: readonly SearchHit[]): readonly Run[] {
  const runs: { room: string; hits: SearchHit[] }[] = [];
  for (const hit of hits) {
    const last = runs.at(-1);
    if (last?.room === hit.room) last.hits.push(hit);
    else runs.push({ room: hit.room, hits: [hit] });
  }
  return runs;
}
