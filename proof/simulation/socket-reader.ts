import { events, gap, type Json, object, parse, readCursor, text } from "../replay/wire.ts";
import { Place, type Recorder } from "../place.ts";
import type { Wanted } from "../history.ts";
import { commandOf } from "./acts.ts";
import { hear } from "../company.ts";
import type { ClientSocket } from "./internet.ts";
import { readPage } from "./pager.ts";
import type { Person, World } from "./world.ts";

interface Send {
  readonly clientId: string;
  readonly text: string;
  readonly thread?: number;
}

/** Milliseconds between pings, and without any frame until the connection is given up. */
const PING = 4_000;
const SILENCE = 11_000;

/** Follows one room over one WebSocket after another, and posts over it, by the protocol alone. */
export class SocketReader {
  readonly place: Place;
  /** What was said and is not answered for good; sent in this order, again after each reconnect. */
  readonly unsent: Send[] = [];
  isOpen = false;
  /** The numbers of what it said. */
  readonly mine: number[] = [];
  /** How often it came back to events that it had missed. */
  resumes = 0;
  readonly #world: World;
  readonly #person: Person;
  readonly #room: string;
  readonly #recorder: Recorder;
  readonly #pipelines: boolean;
  readonly #flying = new Map<number, Send>();
  /** What else was asked for, and what its answer is to be told to. */
  readonly #asking = new Map<number, (code: string | null) => void>();
  /** What may have been stored, for all that is known here. */
  readonly #unsure = new Set<Send>();
  #socket: ClientSocket | null = null;
  #lastRef = 0;
  /** Frames that wait for a gap to be filled. */
  #held: Json[] | null = null;
  #stopped = false;
  #isHasty = false;
  #said = 0;

  /**
   * @param pipelines whether it sends on without waiting for answers. Who may be sent away in between
   * would lose their place in line: what was refused comes behind what was taken after it.
   */
  constructor(
    world: World,
    client: string,
    person: Person,
    room: string,
    cursor: string,
    pipelines = true,
  ) {
    this.#world = world;
    this.#pipelines = pipelines;
    this.#person = person;
    this.#room = room;
    this.#recorder = world.recorder(client, person, room, "ws");
    this.place = new Place(this.#recorder, cursor);
  }

  /** Until it is stopped. */
  async read(): Promise<void> {
    const { time, chance } = this.#world;
    while (!this.#stopped) {
      await this.#visit();
      await time.wait(chance.whole(10, this.#isHasty ? 300 : 1_500));
      this.#isHasty = false;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.close();
  }

  say(words: string, thread?: number): void {
    const where = thread === undefined ? {} : { thread };
    this.unsent.push({ clientId: `${++this.#said}`, text: words, ...where });
    if (this.isOpen && (this.#pipelines || this.#flying.size === 0))
      this.#send(this.unsent.at(-1) as Send);
  }

  /** Once: where the connection is lost, nobody knows what became of it. */
  want(want: Wanted): void {
    if (!this.isOpen) return;
    const change = { by: this.#person.id, ref: `${this.#lastRef + 1}` };
    this.#recorder.write({ kind: "change", ...change, want });
    this.#askFor({ ...commandOf(want), room: this.#room }, (code) =>
      this.#recorder.write(
        code === null ? { kind: "changed", ...change } : { kind: "unchanged", ...change, code },
      ),
    );
  }

  type(): void {
    if (!this.isOpen) return;
    this.#recorder.write({ kind: "types" });
    this.#askFor({ type: "set-typing", room: this.#room }, () =>
      this.#recorder.write({ kind: "typed" }),
    );
  }

  markRead(back: boolean): void {
    const seq = Math.max(0, this.place.seq - (back ? 3 : 0));
    if (this.isOpen) this.#askFor({ type: "mark-read", room: this.#room, seq, back }, () => {});
  }

  /** Closes the connection, and is back at once. */
  reload(): void {
    this.#isHasty = true;
    this.#socket?.close();
  }

  #visit(): Promise<void> {
    const { time } = this.#world;
    const socket = new WebSocket(this.#person.url.replace("http", "ws") + "/v1/socket");
    this.#socket = socket as unknown as ClientSocket;
    return new Promise((resolve) => {
      let cancelSilence = time.after(SILENCE, () => this.#socket?.terminate());
      let cancelPing = () => {};
      const ping = () => {
        this.#ask({ type: "ping" });
        cancelPing = time.after(PING, ping);
      };
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ type: "hello", token: this.#person.token }));
        ping();
      });
      socket.addEventListener("message", ({ data }: { data: unknown }) => {
        cancelSilence();
        cancelSilence = time.after(SILENCE, () => this.#socket?.terminate());
        try {
          this.#take(parse(String(data), "a frame"));
        } catch (fault) {
          this.#world.complain(`${this.#person.name}: ${String(fault)}`);
        }
      });
      socket.addEventListener("close", ({ code }: { code: number }) => {
        cancelSilence();
        cancelPing();
        this.#left(code);
        resolve();
      });
    });
  }

  #left(code: number): void {
    if (this.isOpen)
      this.#recorder.write({
        kind: "close",
        why: this.#stopped ? "finished" : code === 4008 ? "slow" : "cut",
      });
    this.#leave();
    this.#asking.clear();
    this.#held = null;
    for (const send of this.#flying.values()) {
      this.#recorder.write({
        kind: "unknown",
        sender: this.#person.id,
        clientId: send.clientId,
      });
      this.#unsure.add(send);
    }
    this.#flying.clear();
  }

  #take(frame: Json): void {
    switch (frame["type"]) {
      case "welcome":
        this.#recorder.write({ kind: "ask" });
        this.#ask({
          type: "open-room",
          room: this.#room,
          after: this.place.cursor,
        });
        return;
      case "reply":
        return this.#answered(frame);
      case "closed":
        if (frame["room"] === this.#room) this.#closed();
        return;
      case "signal":
        if (frame["room"] === this.#room) hear(this.#recorder, frame);
        return;
      case "events":
      case "gap":
        if (!this.isOpen) throw new Error(`${String(frame["type"])} of a room that is not open`);
        return this.#handOn(frame);
    }
  }

  #answered(frame: Json): void {
    const send = this.#flying.get(Number(frame["ref"]));
    this.#flying.delete(Number(frame["ref"]));
    if (send) return this.#sent(send, frame);
    const tell = this.#asking.get(Number(frame["ref"]));
    this.#asking.delete(Number(frame["ref"]));
    if (tell)
      return tell(frame["ok"] === true ? null : text(object(frame["error"], "error"), "code"));
    if ("room" in frame && typeof frame["cursor"] === "string") {
      if (readCursor(frame["cursor"]).seq > this.place.seq) this.resumes++;
      this.place.opened(frame["cursor"]);
      this.isOpen = true;
      this.#recorder.write({ kind: "stay", opens: true });
      for (const waiting of this.#pipelines ? this.unsent : this.unsent.slice(0, 1))
        this.#send(waiting);
    } else if (frame["ok"] !== true) {
      // Not one's room just now, or the store is away: perhaps later.
      this.#socket?.close();
    }
  }

  #sent(send: Send, frame: Json): void {
    if (frame["ok"] === true) {
      const message = object(frame["message"], "message");
      this.mine.push(Number(message["seq"]));
      this.#recorder.write({
        kind: "ok",
        sender: this.#person.id,
        clientId: send.clientId,
        seq: Number(message["seq"]),
        id: text(message, "id"),
      });
    } else {
      const code = text(object(frame["error"], "error"), "code");
      this.#recorder.write({
        kind: "fail",
        sender: this.#person.id,
        clientId: send.clientId,
        code,
      });
      // Whoever is told "not now" takes it for an answer, if it is the only one.
      if (code.startsWith("store_") && this.#unsure.has(send)) {
        const again = () => void (this.isOpen && this.unsent.includes(send) && this.#send(send));
        this.#world.time.after(this.#world.chance.whole(100, 500), again);
        return;
      }
    }
    this.#unsure.delete(send);
    const index = this.unsent.indexOf(send);
    if (index >= 0) this.unsent.splice(index, 1);
    const [next] = this.unsent;
    if (next && !this.#pipelines) this.#send(next);
  }

  #handOn(frame: Json): void {
    if (text(frame, "room") !== this.#room) throw new Error("a frame of another room");
    if (this.#held) this.#held.push(frame);
    else if (frame["type"] === "events") this.place.read(events(frame), text(frame, "cursor"));
    else {
      const met = gap(frame);
      this.place.met(met);
      if (met.reason === "too_far") void this.#fill(readCursor(met.next).seq);
    }
  }

  /** Pages what was too much to come inline; live frames wait until it is read. */
  async #fill(seq: number): Promise<void> {
    const held: Json[] = [];
    this.#held = held;
    const reached = await this.#pageTo(seq);
    // It was closed meanwhile, and begins again from where it is.
    if (this.#held !== held) return;
    this.#held = null;
    if (!reached) return this.#socket?.close();
    for (const frame of held) this.#handOn(frame);
  }

  /** False if the room cannot be read (now). */
  async #pageTo(seq: number): Promise<boolean> {
    while (this.place.seq < seq) {
      const limit = Math.min(200, seq - this.place.seq);
      const count = await readPage(this.#world, this.#person, this.#room, this.place, limit);
      if (count === null || count === 0) return false;
    }
    return true;
  }

  #leave(): void {
    if (this.isOpen) this.#recorder.write({ kind: "stay", opens: false });
    this.isOpen = false;
  }

  #closed(): void {
    this.#leave();
    this.#socket?.close();
  }

  #send(send: Send): void {
    this.#recorder.write({
      kind: "invoke",
      sender: this.#person.id,
      ...send,
    });
    this.#flying.set(this.#ask({ type: "post-message", room: this.#room, ...send }), send);
  }

  #askFor(command: Json, tell: (code: string | null) => void): void {
    this.#asking.set(this.#ask(command), tell);
  }

  #ask(command: Json): number {
    const ref = ++this.#lastRef;
    this.#socket?.send(JSON.stringify({ ...command, ref }));
    return ref;
  }
}
