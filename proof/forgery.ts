import {
  canonical,
  type Company,
  type Entry,
  type LogEvent,
  type Measure,
  type Page,
  type RoomEntry,
  type RunEntry,
  type Said,
  type Transport,
  type Wanted,
} from "./history.ts";

export const ROOM = "general";

/** A run as it should be: two senders, three readers, a lost answer, a cut, a gap that was paged. */
export class Forgery {
  log: LogEvent[] = [
    logged(1, { type: "member.joined", by: "u_ada" }),
    logged(2, { type: "message.posted", by: "u_ada", clientId: "a1", text: "tea?" }),
    logged(3, { type: "message.posted", by: "u_bob", clientId: "b1", text: "yes!" }),
    logged(4, { type: "message.posted", by: "u_ada", clientId: "a2", text: "with milk?" }),
    logged(5, { type: "message.posted", by: "u_ada", clientId: "a3", text: "or lemon" }),
  ];
  history: Entry[] = [];
  #late = 0;

  constructor() {
    this.tells({ kind: "start", node: "one" });
    this.tells({ kind: "durability", node: "one", word: "disk" });
    this.tells({ kind: "secret", name: "ada's token", value: "TOKEN-OF-ADA" });
    this.tells({ kind: "log-line", node: "one", line: '{"level":"info","msg":"ready"}' });
    this.measures({});
    for (const client of ["ws-1", "sse-1", "http-1", "ada", "bob"])
      this.tells({ kind: "sign-in", client, user: `u_${client}` });
    this.#write("ws-1", "ws", { kind: "open", after: 0, epoch: "e1" });
    this.#write("sse-1", "sse", { kind: "open", after: 0, epoch: "e1" });
    this.sees("ws-1", "ws", 1);
    this.sees("sse-1", "sse", 1);
    this.invokes("ada", "a1", "tea?");
    this.sees("ws-1", "ws", 2);
    this.answers("ada", "a1", 2);
    this.invokes("bob", "b1", "yes!");
    this.answers("bob", "b1", 3);
    this.#write("http-1", "http", { kind: "ask" });
    this.#write("http-1", "http", { kind: "open", after: 0, epoch: "e1" });
    for (const seq of [1, 2, 3]) this.sees("http-1", "http", seq);
    this.#write("ws-1", "ws", { kind: "close", why: "cut" });
    this.tells({ kind: "fault", what: "kill -9", takes: "process" });
    this.invokes("ada", "a2", "with milk?");
    this.invokes("ada", "a3", "or lemon");
    this.tells({ kind: "exit", node: "one", asked: true, how: "SIGKILL" });
    this.#write("ada", "ws", { kind: "unknown", sender: "u_ada", clientId: "a2" });
    this.#write("ada", "ws", { kind: "unknown", sender: "u_ada", clientId: "a3" });
    this.tells({ kind: "start", node: "one" });
    this.tells({ kind: "calm" });
    this.invokes("ada", "a2", "with milk?");
    this.invokes("ada", "a3", "or lemon");
    this.answers("ada", "a2", 4);
    this.answers("ada", "a3", 5);
    this.#write("ws-1", "ws", { kind: "open", after: 2, epoch: "e1" });
    this.#write("ws-1", "ws", { kind: "gap", reason: "too_far", after: 2, next: 4 });
    for (const seq of [3, 4]) this.sees("ws-1", "http", seq);
    this.sees("ws-1", "ws", 5);
    for (const seq of [2, 3, 4, 5]) this.sees("sse-1", "sse", seq);
    this.#write("http-1", "http", { kind: "ask" });
    for (const seq of [4, 5]) this.sees("http-1", "http", seq);
    this.#write("http-1", "http", { kind: "ask" });
    this.#write("http-1", "http", { kind: "end", seq: 5 });
    this.#write("http-1", "http", { kind: "ask" });
    this.pages({ at: "end" }, 2, [4, 5], 5);
    this.pages({ at: "before", seq: 5 }, 2, [3, 4], 4);
    this.pages({ at: "after", seq: 2 }, 1, [3], 3);
    this.pages({ at: "around", seq: 3 }, 3, [2, 3, 4], 4);
    this.measures({ rss: 130 * 2 ** 20, connections: 3, queued: 2 ** 20, lag: 150 });
  }

  /** Says something that no client did. */
  tells(entry: Timeless<RoomEntry> | Timeless<RunEntry>): void {
    this.history.push({ t: this.history.length + this.#late, ...entry });
  }

  measures(more: Partial<Measure>): void {
    const rss = 100 * 2 ** 20;
    const base = { node: "one", rss, connections: 0, queued: 0, lag: 1 };
    this.tells({ kind: "measure", ...base, ...more });
  }

  /**
   * @param head of the log when it was read
   * @param as how the page shows one of its messages, if it is not as it was said
   */
  pages(
    of: Page["of"],
    limit: number,
    seqs: readonly number[],
    until: number,
    { head = this.log.length, as, ...more }: { head?: number; thread?: number; as?: LogEvent } = {},
  ): void {
    const messages = seqs.map((seq) => ({
      seq,
      body: messageOf(as?.seq === seq ? as : this.logged(seq)),
    }));
    this.#write("http-1", "http", { kind: "page", of, limit, messages, until, head, ...more });
  }

  opens(client: string, after: number): void {
    this.#write(client, "http", { kind: "open", after, epoch: "e1" });
  }

  meetsGap(client: string, after: number, next: number): void {
    this.#write(client, "http", { kind: "gap", reason: "trimmed", after, next });
  }

  begins(client: string, seq: number): void {
    this.#write(client, "http", { kind: "anew", seq });
  }

  /** Sees an event as it is given, whatever the log says. */
  observes(client: string, { seq, id, body }: LogEvent): void {
    this.#write(client, "http", { kind: "observe", seq, id, body });
  }

  asks(client: string, transport: Transport): void {
    this.#write(client, transport, { kind: "ask" });
  }

  /** Asks for a change under the name of its place in the history. */
  wants(client: string, want: Wanted): string {
    const ref = `${this.history.length}`;
    this.#write(client, "ws", { kind: "change", by: `u_${client}`, ref, want });
    return ref;
  }

  /** Such a change is answered: done, or refused by this code. */
  settles(client: string, ref: string, code?: string): void {
    const by = `u_${client}`;
    this.#write(
      client,
      "ws",
      code === undefined ? { kind: "changed", by, ref } : { kind: "unchanged", by, ref, code },
    );
  }

  stays(client: string, transport: Transport, opens: boolean): void {
    this.#write(client, transport, { kind: "stay", opens });
  }

  /** Is told who has the room open. */
  meets(client: string, transport: Transport, company: Partial<Company>): void {
    const told = { whole: false, online: [], offline: [], ...company };
    this.#write(client, transport, { kind: "company", ...told });
  }

  types(client: string, kind: "types" | "typed"): void {
    this.#write(client, "ws", { kind });
  }

  hears(client: string, transport: Transport, user: string): void {
    this.#write(client, transport, { kind: "typing", user });
  }

  /** So much time goes by before what is said next. */
  waits(ms: number): void {
    this.#late += ms;
  }

  invokes(client: string, clientId: string, text: string, thread?: number): void {
    const where = thread === undefined ? {} : { thread };
    this.#write(client, "ws", { kind: "invoke", sender: `u_${client}`, clientId, text, ...where });
  }

  answers(client: string, clientId: string, seq: number): void {
    const id = this.log[seq - 1]?.id ?? `m_${seq}`;
    this.#write(client, "ws", { kind: "ok", sender: `u_${client}`, clientId, seq, id });
  }

  refuses(client: string, clientId: string, code = "invalid_request"): void {
    this.#write(client, "ws", { kind: "fail", sender: `u_${client}`, clientId, code });
  }

  closes(client: string, transport: Transport): void {
    this.#write(client, transport, { kind: "close", why: "killed" });
  }

  sees(client: string, transport: Transport, seq: number): void {
    const { id, body } =
      this.log.find((event) => event.seq === seq) ??
      logged(seq, { type: "message.posted", by: "u_ada" });
    this.#write(client, transport, { kind: "observe", seq, id, body });
  }

  /** The entries of one client, of one kind. */
  of<K extends Entry["kind"]>(client: string, kind: K): Extract<Entry, { kind: K }>[] {
    return this.history.filter(
      (entry): entry is Extract<Entry, { kind: K }> =>
        "client" in entry && entry.client === client && entry.kind === kind,
    );
  }

  seen(client: string, seq: number): Extract<Entry, { kind: "observe" }> {
    const entry = this.of(client, "observe").find((it) => it.seq === seq);
    if (!entry) throw new Error(`${client} does not see ${seq}`);
    return entry;
  }

  logged(seq: number): LogEvent {
    const event = this.log[seq - 1];
    if (!event) throw new Error(`nothing at ${seq}`);
    return event;
  }

  drop(...entries: Entry[]): void {
    this.history = this.history.filter((entry) => !entries.includes(entry));
  }

  /** Moves `entry` to just before or just after `mark`. */
  move(entry: Entry, where: "before" | "after", mark: Entry): void {
    this.drop(entry);
    this.history.splice(this.history.indexOf(mark) + (where === "after" ? 1 : 0), 0, entry);
  }

  /** Lets two events of the log change places, and all that was told of them. */
  swap(one: number, other: number): void {
    const place = (seq: number) => (seq === one ? other : seq === other ? one : seq);
    const events = new Map(this.log.map((event) => [place(event.seq), event]));
    this.log = this.log.map((event) => {
      const moved = events.get(event.seq) ?? event;
      return { ...moved, seq: event.seq, at: event.at };
    });
    for (const entry of this.history) {
      if (entry.kind === "ok") entry.seq = place(entry.seq);
      if (entry.kind === "observe") Object.assign(entry, pick(this.logged(entry.seq)));
      if (entry.kind !== "page") continue;
      for (const message of entry.messages) message.body = messageOf(this.logged(message.seq));
    }
  }

  #write(client: string, transport: Transport, entry: Said): void {
    const t = this.history.length + this.#late;
    this.history.push({ client, transport, t, room: ROOM, ...entry });
  }
}

type Timeless<T> = T extends unknown ? Omit<T, "t"> : never;

function messageOf({ body }: LogEvent): string {
  const { type: _, ...message } = JSON.parse(body) as { type: string };
  return canonical(message);
}

const pick = ({ id, body }: LogEvent) => ({ id, body });

export function logged(
  seq: number,
  of: { type: string; by: string; clientId?: string; text?: string; [more: string]: unknown },
): LogEvent {
  const event = { seq, id: `m_${seq}`, at: 1000 + seq, ...of };
  return { ...event, body: canonical(event) };
}
