import { parseCursor, type Event, type Gap, type Room } from "@snug/protocol";
import type { ClientProblem } from "./api.ts";
import type { Clock } from "./clock.ts";
import { roomPath, type Http } from "./http.ts";
import type { Link, RoomSignal, RoomSink } from "./link.ts";
import { isPassing, RETRY, waitFor } from "./problem.ts";
import { PAGE, type MessagePage } from "./timeline.ts";

/** Who is told what the log says: first a page, then each event after it, once and in order. */
export interface LogTarget {
  /** The room's newest page; whatever was told before goes. */
  began(page: MessagePage): void;
  opened(room: Room): void;
  events(events: readonly Event[]): void;
  signal(signal: RoomSignal): void;
  /** The server's log no longer fits what was told, and may have lost some of it; it begins anew. */
  reset(isLost?: boolean): void;
  /** `phase` or `problem` is another. */
  changed(): void;
}

export type Phase = "connecting" | "catching up" | "live" | "refused";

/**
 * Reads one room's log over one link after another:
 *
 *     connecting ──▶ catching up ──▶ live
 *         ▲               │            │
 *         └──(link lost)──┴────────────┘
 *
 * The first page says up to where it tells all, and the room is followed from
 * exactly there: between reading and listening nothing is lost or repeated.
 */
export class LogReader implements RoomSink {
  readonly #room: string;
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #target: LogTarget;
  #phase: Phase = "connecting";
  #problem: ClientProblem | null = null;
  #link: Link | null = null;
  /** All up to here was told; `null` before the first page. */
  #cursor: string | null = null;
  #seq = 0;
  /** The newest number known of; who has it is live. */
  #head = 0;
  /** Frames that came while the way to them is paged. */
  #held: { events: readonly Event[]; cursor: string }[] | null = null;
  /** Aborted when this way of following is over. */
  #way = new AbortController();
  #unfollow = () => {};

  constructor(room: string, http: Http, clock: Clock, target: LogTarget) {
    this.#room = room;
    this.#http = http;
    this.#clock = clock;
    this.#target = target;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get problem(): ClientProblem | null {
    return this.#problem;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  /** The number of the last event that was told, or that the first page stands for. */
  get seq(): number {
    return this.#seq;
  }

  linked(link: Link): void {
    this.#leave();
    this.#link = link;
    void this.#follow();
  }

  unlinked(): void {
    this.#leave();
    this.#link = null;
    if (this.#phase !== "refused") this.#enter("connecting");
  }

  /** Tries a room that was refused once more. */
  again(): void {
    if (this.#phase === "refused" && this.#link) this.linked(this.#link);
  }

  /** Forgets the place: the next link begins with a page. */
  forget(): void {
    this.#cursor = null;
    this.#seq = 0;
  }

  opened(room: Room, head: string): void {
    // Where it is not the place that was told up to, an event or a gap is on its way.
    if (head !== this.#cursor) this.#head = Math.max(seqOf(head), this.#seq + 1);
    this.#target.opened(room);
    this.#arrive();
  }

  events(events: readonly Event[], cursor: string): void {
    if (this.#held) this.#held.push({ events, cursor });
    else this.#take(events, cursor);
  }

  gap(gap: Gap): void {
    if (gap.reason === "too_far") void this.#fill(seqOf(gap.next));
    else this.#restart(gap);
  }

  signal(signal: RoomSignal): void {
    this.#target.signal(signal);
  }

  refused(problem: ClientProblem): void {
    if (isPassing(problem)) return this.#again(problem);
    this.#leave();
    // What was destroyed is not kept here either; what one has seen, one has seen.
    if (problem.code === "room_gone") this.release();
    this.#enter("refused", problem);
  }

  /** Holds nothing that was told. */
  release(): void {
    if (this.#cursor === null) return;
    this.forget();
    this.#target.reset();
  }

  async #follow(): Promise<void> {
    const link = this.#link;
    if (link === null) return;
    const way = this.#way.signal;
    this.#enter("catching up");
    if (this.#cursor === null) {
      const page = await this.#http.call<MessagePage>(
        "GET",
        `${roomPath(this.#room)}/messages?limit=${PAGE}`,
        { signal: way },
      );
      if (way.aborted) return;
      if (!page.ok) return this.#failed(page.error);
      this.#cursor = page.value.cursor;
      this.#seq = seqOf(page.value.cursor);
      this.#target.began(page.value);
    }
    this.#unfollow = link.follow(this.#room, this.#cursor, this);
  }

  /** Pages what is too much to come inline; what comes live meanwhile waits. */
  async #fill(next: number): Promise<void> {
    const way = this.#way.signal;
    this.#held ??= [];
    this.#head = Math.max(this.#head, next);
    while (this.#seq < next) {
      const page = await this.#http.events(this.#room, this.#cursor ?? "", way);
      if (way.aborted) return;
      if (!page.ok) return this.#failed(page.error);
      if (page.value.gap) return this.#restart(page.value.gap);
      // A log that ends before the place it named itself is no log to go on with.
      if (page.value.events.length === 0) return this.#link?.fail();
      this.#take(page.value.events, page.value.cursor);
      if (way.aborted) return;
    }
    const held = this.#held;
    this.#held = null;
    for (const { events, cursor } of held ?? []) if (!way.aborted) this.#take(events, cursor);
    this.#arrive();
  }

  #take(events: readonly Event[], cursor: string): void {
    const fresh = events.filter(({ seq }) => seq > this.#seq);
    if (fresh.length === 0) return;
    // A hole: the link is not to be trusted, and a new one begins at the last sure place.
    if (fresh.some(({ seq }, index) => seq !== this.#seq + 1 + index)) return this.#link?.fail();
    this.#seq += fresh.length;
    this.#cursor = cursor;
    this.#target.events(fresh);
    this.#arrive();
  }

  #arrive(): void {
    if (this.#phase === "catching up" && !this.#held && this.#seq >= this.#head)
      this.#enter("live");
  }

  #failed(problem: ClientProblem): void {
    if (problem.code === "no_connection") this.#link?.fail();
    else this.refused(problem);
  }

  /** The store is away, say: the room stays as it is, and is opened again a little later. */
  #again(problem: ClientProblem): void {
    this.#leave();
    this.#enter("catching up", problem);
    const undo = this.#clock.after(waitFor(problem, RETRY), () => void this.#follow());
    this.#way.signal.addEventListener("abort", undo);
  }

  #restart({ reason }: Gap): void {
    this.#leave();
    this.forget();
    this.#target.reset(reason !== "trimmed");
    void this.#follow();
  }

  #leave(): void {
    this.#way.abort();
    this.#way = new AbortController();
    this.#held = null;
    this.#head = 0;
    this.#unfollow();
    this.#unfollow = () => {};
  }

  #enter(phase: Phase, problem: ClientProblem | null = null): void {
    this.#phase = phase;
    this.#problem = problem;
    this.#target.changed();
  }
}

/** The place's number; 0 for a cursor of a form that this version does not know. */
function seqOf(cursor: string): number {
  return parseCursor(cursor)?.seq ?? 0;
}
