/** Threads of a room in which something happened lately, as many as are remembered. */
const TOUCHED_MAX = 256;
/** Looks and their threads that are remembered, of all rooms: some 20 MB. */
const LOOKS_MAX = 200_000;

interface Look {
  readonly at: number;
  readonly threads: readonly number[];
}

interface Room {
  /** When something happened in them last, in that order, by ticks of the room's own. */
  readonly touched: Map<number, number>;
  readonly looks: Map<string, Look>;
  tick: number;
  /** Looks of before know nothing of threads that were touched and are not remembered. */
  oldest: number;
}

/**
 * In which threads there may be unread replies for somebody: in those where there
 * were some at the last look, and those where something happened since. All else
 * that they follow need not be looked through. It is remembered, not stored: a flag
 * at each follower would cost every reply a write for each of them. What was rolled
 * back may stay: there is nothing new, then, where there might have been.
 */
export class News {
  #rooms = new Map<number, Room>();
  #size = 0;

  /** Something was replied in this thread, or somebody may follow it from now on. */
  touch(room: number, thread: number): void {
    const known = this.#rooms.get(room);
    if (known === undefined) return;
    known.touched.delete(thread);
    known.touched.set(thread, ++known.tick);
    if (known.touched.size <= TOUCHED_MAX) return;
    for (const [first, tick] of known.touched) {
      known.touched.delete(first);
      known.oldest = tick;
      return;
    }
  }

  /** Somebody's own place in this thread is another. */
  moved(room: number, user: string, thread: number): void {
    const looks = this.#rooms.get(room)?.looks;
    const look = looks?.get(user);
    if (look === undefined || look.threads.includes(thread)) return;
    looks?.set(user, { at: look.at, threads: [...look.threads, thread] });
    this.#size++;
  }

  /** `null`: it is not known; any thread may have some. */
  in(room: number, user: string): readonly number[] | null {
    const known = this.#rooms.get(room);
    const look = known?.looks.get(user);
    if (known === undefined || look === undefined || look.at < known.oldest) return null;
    if (look.at === known.tick) return look.threads;
    const threads = new Set(look.threads);
    for (const [thread, tick] of known.touched) if (tick > look.at) threads.add(thread);
    return [...threads];
  }

  /** It was looked: these threads have unread replies, and no others. */
  seen(room: number, user: string, threads: readonly number[]): void {
    if (this.#size > LOOKS_MAX) {
      this.#rooms.clear();
      this.#size = 0;
    }
    const known = this.#rooms.get(room) ?? newRoom();
    this.#rooms.set(room, known);
    this.#size += 1 + threads.length - sizeOf(known.looks.get(user));
    known.looks.set(user, { at: known.tick, threads });
  }

  forgetRoom(room: number): void {
    for (const look of this.#rooms.get(room)?.looks.values() ?? []) this.#size -= sizeOf(look);
    this.#rooms.delete(room);
  }
}

const sizeOf = (look: Look | undefined) => (look ? 1 + look.threads.length : 0);
const newRoom = (): Room => ({ touched: new Map(), looks: new Map(), tick: 0, oldest: 0 });
