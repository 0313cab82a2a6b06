import { hear } from "../company.ts";
import { LARGEST_PAGE, readPage, SessionLost } from "./call.ts";
import { type Connection, stayConnected } from "./connection.ts";
import { Place } from "../place.ts";
import type { Recorder } from "../place.ts";
import { ROOM, type Run } from "./run.ts";
import { events, gap, type Json, readCursor, text, WireFault, type WireGap } from "./wire.ts";

/** Milliseconds. */
const AGAIN_AFTER = 50;

/** Reads the room over one WebSocket after another, each opened where the last one left off. */
export class SocketReader {
  readonly #run: Run;
  readonly #name: string;
  readonly #recorder: Recorder;
  readonly place: Place;
  /** The session is gone with the store's history. */
  isOut = false;
  #bye = "none";
  #isHere = false;
  /** Frames that wait for a gap to be filled. */
  #held: Json[] | undefined;

  constructor(run: Run, name: string, cursor?: string) {
    this.#run = run;
    this.#name = name;
    this.#recorder = run.recorder(name, "ws");
    this.place = new Place(this.#recorder, cursor);
  }

  async visit(
    cut: AbortSignal,
    token: string,
    welcomed?: (connection: Connection) => void,
  ): Promise<boolean> {
    const { address, wasAway } = this.#run.way.enter();
    // One that outlives this visit must not fill gaps in the next one's name.
    const over = new AbortController();
    cut.addEventListener("abort", () => over.abort());
    this.#held = undefined;
    this.#bye = "none";
    try {
      const ending = await stayConnected(address, cut, token, {
        welcomed: (connection) => {
          this.#open(connection);
          welcomed?.(connection);
        },
        frame: (frame) => this.#take(frame, over.signal, token),
      });
      this.isOut = ending.code === 4401 && this.#run.hasLost;
      if (!ending.welcomed && this.isOut) return false;
      if (!ending.welcomed && (cut.aborted || wasAway())) return false;
      const goodbye = `${this.#bye}, closed with ${ending.code}`;
      this.#run.goodbyes.set(goodbye, (this.#run.goodbyes.get(goodbye) ?? 0) + 1);
      const why = this.#run.isFinished(cut)
        ? "finished"
        : cut.aborted
          ? "cut"
          : ending.code === 4008
            ? "slow"
            : wasAway() || this.isOut
              ? "killed"
              : "unasked";
      this.#recorder.write({ kind: "close", why });
      if (why === "unasked") this.#run.complain(`${this.#name} was closed with ${ending.code}`);
      return ending.welcomed;
    } catch (error) {
      this.#run.fault(this.#name, error);
      return false;
    } finally {
      over.abort();
      this.#stays(false);
    }
  }

  #open(connection: Connection): void {
    const after = this.place.cursor;
    const command = { type: "open-room", room: ROOM, ...(after === undefined ? {} : { after }) };
    connection.ask(command, (reply) => {
      if (reply?.ok) {
        this.place.opened(text(reply.body, "cursor"));
        this.#stays(true);
      } else if (reply) throw new WireFault(`the room would not open: ${reply.code}`);
    });
  }

  #stays(opens: boolean): void {
    if (this.#isHere !== opens) this.#recorder.write({ kind: "stay", opens });
    this.#isHere = opens;
  }

  #take(frame: Json, over: AbortSignal, token: string): void {
    if (frame.type !== "events" && frame.type !== "gap") {
      if (frame.type === "signal" && frame.room === ROOM && this.#run.isOfNodes)
        hear(this.#recorder, frame);
      if (frame.type === "bye") this.#bye = String(frame.code);
      if (frame.type === "closed") throw new WireFault(`the room closed: ${JSON.stringify(frame)}`);
      return;
    }
    if (frame.room !== ROOM)
      throw new WireFault(`a frame of another room: ${JSON.stringify(frame)}`);
    if (this.#held) {
      this.#held.push(frame);
    } else if (frame.type === "events") {
      this.place.read(events(frame), text(frame, "cursor"));
    } else {
      const met = gap(frame);
      this.place.met(met);
      if (met.reason === "too_far") void this.#fill(met, over, token);
    }
  }

  /** Pages what was too much to come inline; live frames wait until it is read. */
  async #fill(met: WireGap, over: AbortSignal, token: string): Promise<void> {
    this.#held = [];
    const to = readCursor(met.next).seq;
    const filled = new Place(this.#run.recorder(this.#name, "http"), met.after);
    try {
      while (filled.seq < to) {
        const limit = Math.min(LARGEST_PAGE, to - filled.seq);
        const page = await readPage(this.#run, over, token, filled.cursor, limit);
        if (over.aborted) return;
        if (!page) {
          // The store is away just now; the connection stays, and so does the gap.
          await Bun.sleep(AGAIN_AFTER);
          continue;
        }
        if (page.gap || page.events.length === 0) {
          throw new WireFault(`paging from ${met.after} ended before ${met.next}`);
        }
        filled.read(page.events, page.cursor);
        this.place.cursor = page.cursor;
      }
      const held = this.#held;
      this.#held = undefined;
      for (const frame of held) this.#take(frame, over, token);
    } catch (error) {
      if (error instanceof SessionLost) return;
      this.#run.fault(this.#name, error);
    }
  }
}
