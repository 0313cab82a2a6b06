import {
  canonical,
  type ClientEntry,
  type LogEvent,
  type Page,
  type Said,
  type Transport,
} from "./history.ts";
import type { Chance } from "./chance.ts";

export const IDEAL_ROOM = "ideal";

interface Sender {
  name: string;
  /** Sent and not answered yet, in the order sent; the first `stored` are in the log. */
  waiting: { clientId: string; text: string; event?: LogEvent }[];
}

interface Reader {
  name: string;
  transport: Transport;
  at: number;
  open: boolean;
}

/** A run in a room that does everything right, as chance has it: what a checker has to accept. */
export class IdealRun {
  readonly history: ClientEntry[] = [];
  readonly log: LogEvent[] = [];
  readonly #chance: Chance;
  readonly #senders: Sender[];
  readonly #readers: Reader[];
  #sent = 0;

  constructor(chance: Chance, steps: number) {
    this.#chance = chance;
    this.#senders = ["ada", "bob", "cleo"].map((name) => ({ name, waiting: [] }));
    this.#readers = (["ws", "sse", "http"] as const).map((transport) => ({
      name: `${transport}-1`,
      transport,
      at: 0,
      open: false,
    }));
    for (const { name } of this.#senders) this.#append({ type: "member.joined", by: `u_${name}` });
    for (let step = 0; step < steps; step++) this.#step();
    this.#settle();
  }

  #step(): void {
    const sender = this.#chance.one(this.#senders);
    const reader = this.#chance.one(this.#readers);
    switch (this.#chance.whole(0, 7)) {
      case 0:
      case 1:
        return this.#send(sender);
      case 2:
        return this.#store(sender);
      case 3:
        return this.#answer(sender);
      case 4:
        return this.#chance.next() < 0.3 ? this.#lose(sender) : this.#answer(sender);
      case 5:
        return this.#read(reader, this.#chance.whole(1, 4));
      case 6:
        return this.#cut(reader);
      case 7:
        return this.#page();
    }
  }

  #send(sender: Sender): void {
    const said = { clientId: `${sender.name}-${++this.#sent}`, text: `text ${this.#sent}` };
    sender.waiting.push(said);
    this.#invoke(sender, said);
  }

  #invoke({ name }: Sender, { clientId, text }: { clientId: string; text: string }): void {
    this.#say(name, "ws", { kind: "invoke", sender: `u_${name}`, clientId, text });
  }

  #store({ name, waiting }: Sender): void {
    const next = waiting.find(({ event }) => event === undefined);
    if (next === undefined) return;
    const { clientId, text } = next;
    next.event = this.#append({ type: "message.posted", by: `u_${name}`, clientId, text });
  }

  #answer(sender: Sender): void {
    const { name, waiting } = sender;
    if (waiting[0]?.event === undefined) this.#store(sender);
    const [first] = waiting;
    if (first?.event === undefined) return;
    waiting.shift();
    const { seq, id } = first.event;
    this.#say(name, "ws", { kind: "ok", sender: `u_${name}`, clientId: first.clientId, seq, id });
  }

  /** The connection goes: of all that waits nobody knows, and all is sent again in the old order. */
  #lose(sender: Sender): void {
    for (const { clientId } of sender.waiting)
      this.#say(sender.name, "ws", { kind: "unknown", sender: `u_${sender.name}`, clientId });
    for (const said of sender.waiting) this.#invoke(sender, said);
  }

  #read(reader: Reader, most: number): void {
    const { name, transport } = reader;
    if (transport === "http") this.#say(name, transport, { kind: "ask" });
    if (!reader.open) {
      this.#say(name, transport, { kind: "open", after: reader.at, epoch: "e1" });
      reader.open = true;
      if (transport === "ws" && this.log.length - reader.at > 3) {
        this.#say(name, "ws", {
          kind: "gap",
          reason: "too_far",
          after: reader.at,
          next: this.log.length,
        });
        this.#see(reader, "http", this.log.length);
      }
    }
    if (transport === "http" && reader.at === this.log.length)
      this.#say(name, transport, { kind: "end", seq: reader.at });
    this.#see(reader, transport, most);
  }

  #see(reader: Reader, transport: Transport, most: number): void {
    for (const { seq, id, body } of this.log.slice(reader.at, reader.at + most)) {
      this.#say(reader.name, transport, { kind: "observe", seq, id, body });
      reader.at = seq;
    }
  }

  #cut(reader: Reader): void {
    if (!reader.open) return;
    this.#say(reader.name, reader.transport, { kind: "close", why: "cut" });
    reader.open = false;
  }

  #page(): void {
    this.#say("pages", "http", { kind: "ask" });
    // While the page is on its way the room goes on.
    if (this.#chance.next() < 0.5) this.#store(this.#chance.one(this.#senders));
    const page = this.#pageNow();
    if (this.#chance.next() < 0.5) this.#answer(this.#chance.one(this.#senders));
    this.#say("pages", "http", page);
  }

  #pageNow(): Page {
    const limit = this.#chance.whole(1, 4);
    const seq = this.#chance.whole(1, this.log.length + 1);
    const posted = this.log.filter(({ type }) => type === "message.posted");
    const [before, since] = [
      posted.filter((event) => event.seq < seq),
      posted.filter((event) => event.seq >= seq),
    ];
    const last = (events: LogEvent[], most: number) =>
      events.slice(Math.max(0, events.length - most));
    const half = Math.floor(limit / 2);
    const [of, shown] = this.#chance.one<[Page["of"], LogEvent[]]>([
      [{ at: "end" }, last(posted, limit)],
      [{ at: "before", seq }, last(before, limit)],
      [{ at: "after", seq: seq - 1 }, since.slice(0, limit)],
      [{ at: "around", seq }, [...last(before, half), ...since.slice(0, limit - half)]],
    ]);
    const newest = shown.at(-1);
    const isAtEnd = newest === undefined ? of.at !== "before" : newest === posted.at(-1);
    const until = isAtEnd ? this.log.length : (newest?.seq ?? 0);
    const messages = shown.map((event) => {
      const { type: _, ...message } = JSON.parse(event.body) as { type: string };
      return { seq: event.seq, body: canonical(message) };
    });
    return { kind: "page", of, limit, messages, until, head: this.log.length };
  }

  #settle(): void {
    for (const sender of this.#senders) while (sender.waiting.length > 0) this.#answer(sender);
    for (const reader of this.#readers)
      while (reader.at < this.log.length || !reader.open) this.#read(reader, 9);
  }

  #append(of: { type: string; by: string; clientId?: string; text?: string }): LogEvent {
    const seq = this.log.length + 1;
    const event = { seq, id: `m_${seq}`, at: 1_000 + seq, ...of };
    const logged = { ...event, body: canonical(event) };
    this.log.push(logged);
    return logged;
  }

  #say(client: string, transport: Transport, said: Said): void {
    this.history.push({ client, transport, t: this.history.length, room: IDEAL_ROOM, ...said });
  }
}
