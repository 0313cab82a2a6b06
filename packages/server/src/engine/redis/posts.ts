import type { RoomKind, RoomId } from "@snug/protocol";
import { authorize } from "../../core/authorize.ts";
import { eventText } from "../../core/event-text.ts";
import { StoreError, type Appended, type Clock, type Draft } from "../../core/ports.ts";
import { repeated } from "./append.ts";
import type { Backplane } from "./backplane.ts";
import type { Commits } from "./commits.ts";
import { CHANNEL, roomKeys } from "./keys.ts";
import { aRoom, type Order } from "./order.ts";
import { roomOf, toSent, type Membership } from "./room.ts";
import { POST } from "./scripts.ts";
import type { Connection } from "./connection.ts";

/** A room as plain posts need it, at one version. */
interface Known {
  readonly version: string;
  readonly epoch: string;
  readonly kind: RoomKind;
  readonly archived: boolean;
  readonly expiresAt: number | null;
  readonly standings: Map<
    string,
    { readonly role: Membership["role"] | null; readonly banned: boolean }
  >;
}

interface Waiting {
  readonly draft: Draft;
  readonly answer: (appended: Appended) => void;
  readonly fail: (fault: unknown) => void;
}

/** How many posts go to Redis at once, and how many rooms and senders a node remembers. */
const BATCH = 200;
/** Posts that wait, in all rooms; whoever comes then is told to come again. */
const WAITING_MAX = 20_000;
const ROOMS = 10_000;
const STANDINGS = 10_000;

export interface PostsWorld {
  readonly connection: Connection;
  readonly commits: Commits;
  readonly backplane: Backplane;
  readonly order: Order;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Plain messages: most of all that happens. One trip to Redis stores all that wait for
 * the same room. Who may post is remembered, and the script stores nothing where the
 * room is another by then; a refusal is never told from memory.
 */
export class Posts {
  readonly #world: PostsWorld;
  readonly #rooms = new Map<string, Known>();
  readonly #waiting = new Map<string, Waiting[]>();
  #count = 0;

  constructor(world: PostsWorld) {
    this.#world = world;
  }

  static isPlain({ type, effect, instead, needs }: Draft): boolean {
    return (
      type === "message.posted" && effect === null && instead === undefined && needs === "post"
    );
  }

  /** As far as is remembered. */
  mayPost(room: RoomId, user: string): boolean {
    const known = this.#rooms.get(room);
    if (known === undefined) return false;
    const isOver = known.expiresAt !== null && known.expiresAt <= this.#world.clock.now();
    return !isOver && mayPost(known, user);
  }

  async post(draft: Draft): Promise<Appended> {
    if (this.#count >= WAITING_MAX) throw new StoreError("store_unavailable");
    this.#count++;
    try {
      return await this.#join(draft);
    } finally {
      this.#count--;
    }
  }

  #join(draft: Draft): Promise<Appended> {
    return new Promise((answer, fail) => {
      const thing = aRoom(draft.room);
      const waiting = this.#waiting.get(thing);
      const one = { draft, answer, fail };
      if (waiting !== undefined && waiting.length < BATCH) return void waiting.push(one);
      const batch = [one];
      this.#waiting.set(thing, batch);
      this.#world.order
        .run([thing], () => this.#send(draft.room, batch))
        .catch((fault: unknown) => {
          for (const each of batch) each.fail(fault);
        });
    });
  }

  /** What is asked about this room from now on comes after the posts that wait, and what is posted, after that. */
  closeBatch(thing: string): void {
    this.#waiting.delete(thing);
  }

  async #send(room: RoomId, batch: Waiting[]): Promise<void> {
    if (this.#waiting.get(aRoom(room)) === batch) this.#waiting.delete(aRoom(room));
    let left: readonly Waiting[] = batch;
    let isFresh = false;
    while (left.length > 0) {
      const known = await this.#lookUp(room, left, isFresh);
      const allowed = left.filter(({ draft }) => known !== null && mayPost(known, draft.by));
      if (allowed.length < left.length && !isFresh) {
        this.#rooms.delete(room);
        isFresh = true;
        continue;
      }
      for (const { draft, answer } of left)
        if (known === null) answer({ kind: "refused", why: "room_gone" });
        else if (!mayPost(known, draft.by)) answer({ kind: "refused", why: "not_allowed" });
      if (known === null || allowed.length === 0) return;
      const answers = await this.#store(room, known, allowed);
      if (typeof answers === "object" && answers !== null) {
        for (const [index, one] of allowed.entries()) await this.#answer(one, answers[index] ?? "");
        return;
      }
      left = allowed;
      if (answers === 0) {
        await this.#world.commits.pause();
        continue;
      }
      this.#rooms.delete(room);
      isFresh = true;
    }
  }

  async #store(
    room: RoomId,
    known: Known,
    batch: readonly Waiting[],
  ): Promise<string[] | 0 | null> {
    const { connection, backplane, commits, clock } = this.#world;
    commits.begin();
    const end = commits.start();
    const heard = backplane.expect();
    const { token, on } = heard;
    const { version, epoch } = known;
    const head = JSON.stringify({ on, kind: "log", token, room, epoch, effects: [] });
    try {
      const answers = await connection.write<string[] | 0 | null>(POST, [
        roomKeys(room).room,
        version,
        String(clock.now()),
        CHANNEL,
        `${head.slice(0, -1)},`,
        ...batch.flatMap(({ draft: { id, by, clientId, body } }) => [id, by, clientId ?? "", body]),
      ]);
      const stored = answers ? answers.filter((answer) => answer.startsWith("+")).length : 0;
      if (stored > 0) {
        await end(stored);
        await heard.heard;
      }
      return answers;
    } finally {
      heard.forget();
    }
  }

  async #answer({ draft, answer, fail }: Waiting, stood: string): Promise<void> {
    const { id, body, room } = draft;
    const place = toSent(stood.slice(1));
    if (stood.startsWith("+")) {
      const { seq, at } = place;
      return answer({ kind: "stored", event: { seq, id, json: eventText(seq, at, id, body) } });
    }
    try {
      answer(
        await this.#world.commits.run(async (step) => {
          const found = await roomOf(step, room);
          if (found === null) return { kind: "refused", why: "room_gone" };
          found.watchMessages();
          return repeated(found, place, body);
        }),
      );
    } catch (fault) {
      fail(fault);
    }
  }

  async #lookUp(room: RoomId, batch: readonly Waiting[], isFresh: boolean): Promise<Known | null> {
    const found = isFresh ? undefined : this.#rooms.get(room);
    const senders = [...new Set(batch.map(({ draft }) => draft.by as string))];
    const missing = senders.filter((sender) => !found?.standings.has(sender));
    if (found !== undefined && missing.length === 0) return found;
    const keys = roomKeys(room);
    const [fields, members, bans] = (await this.#world.connection.all([
      ["HMGET", keys.room, "v", "kept"],
      ["HMGET", keys.members, ...missing],
      ["HMGET", keys.bans, ...missing],
    ])) as [(string | null)[], (string | null)[], (string | null)[]];
    const [version, json] = fields;
    if (!version || !json) {
      this.#rooms.delete(room);
      return null;
    }
    const kept = JSON.parse(json) as Omit<Known, "version" | "standings">;
    // Standings of another version count no more.
    const standings = found?.version === version ? found.standings : new Map();
    if (found !== undefined && found.version !== version) return this.#lookUp(room, batch, true);
    if (standings.size > STANDINGS) standings.clear();
    for (const [index, user] of missing.entries()) {
      const member = members[index] ? (JSON.parse(members[index]) as Membership) : null;
      standings.set(user, { role: member?.role ?? null, banned: bans[index] !== null });
    }
    const { epoch, kind, archived, expiresAt } = kept;
    const known = { version, epoch, kind, archived, expiresAt, standings };
    if (this.#rooms.size > ROOMS) this.#rooms.clear();
    this.#rooms.set(room, known);
    return known;
  }
}

function mayPost({ kind, archived, standings }: Known, by: string): boolean {
  const { role, banned } = standings.get(by) ?? { role: null, banned: false };
  return (
    authorize({ admin: false, can: "all" }, "post", { kind, archived, role, banned }) === "allowed"
  );
}
