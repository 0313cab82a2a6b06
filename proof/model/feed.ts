import type { Cursor, RoomId } from "../../packages/protocol/src/index.ts";
import type { Actor } from "../../packages/server/src/core/actor.ts";
import { Stream, type StreamWorld } from "../../packages/server/src/gateway/stream.ts";
import type { Person } from "./command.ts";
import type { Event } from "./reference.ts";

export type Told =
  | { kind: "event"; cursor: string; event: Event }
  | { kind: "gap"; gap: object }
  | { kind: "closed" };

/** Somebody who follows the room on a stream, and what reached them that nobody looked at yet. */
export class Feed {
  readonly by: Person;
  /** The place that they follow from. */
  readonly start: Cursor;
  #told: Told[] = [];
  #ended = false;
  readonly #stream: Stream;
  /** Where a look at it left off: the number that comes next, and whether the beginning was checked. */
  next: number | null = null;

  constructor(world: StreamWorld, actor: Actor, by: Person, room: RoomId, start: Cursor) {
    this.by = by;
    this.start = start;
    const end = () => void (this.#ended = true);
    const wire = {
      send: (bytes: Uint8Array) => {
        this.#told.push(...read(new TextDecoder().decode(bytes)));
        return true;
      },
      buffered: () => 0,
      together: (write: () => void) => write(),
      size: (bytes: Uint8Array) => bytes.length,
      shares: true,
      end,
      giveUp: end,
      abort: end,
    };
    this.#stream = new Stream(world, wire, actor, room, start);
  }

  get ended(): boolean {
    return this.#ended;
  }

  take(): Told[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  /** The reader goes. */
  end(): void {
    this.#stream.closed();
  }
}

function read(text: string): Told[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .flatMap((block): Told[] => {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => {
          const colon = line.indexOf(": ");
          return [line.slice(0, colon), line.slice(colon + 2)];
        }),
      ) as { id?: string; event?: string; data?: string };
      if (fields.data === undefined) return [];
      const data = JSON.parse(fields.data) as object;
      if (fields.event === "closed") return [{ kind: "closed" }];
      if (fields.event === "gap") return [{ kind: "gap", gap: data }];
      // May be lost, and is in no log.
      if (fields.event === "signal") return [];
      return [{ kind: "event", cursor: fields.id ?? "", event: data as Event }];
    });
}
