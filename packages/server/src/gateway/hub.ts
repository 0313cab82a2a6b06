import type { Committed } from "../core/ports.ts";
import { toBatches, type Batch } from "./batch.ts";

/** Somebody who follows a room. Batches come in the log's order. */
export interface Follows {
  committed(batch: Batch): void;
}

/** Hands what was committed to those who follow its room. */
export class Hub {
  readonly #rooms = new Map<string, Set<Follows>>();

  join(room: string, follower: Follows): () => void {
    const followers = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, followers.add(follower));
    return () => {
      followers.delete(follower);
      if (followers.size === 0 && this.#rooms.get(room) === followers) this.#rooms.delete(room);
    };
  }

  committed(commit: Committed): void {
    const followers = this.#rooms.get(commit.room);
    if (followers === undefined) return;
    for (const batch of toBatches(commit)) {
      for (const follower of followers) follower.committed(batch);
    }
  }
}
