import { fold, type Event, type InboxEntry, type Message, type Room } from "@snug/protocol";
import type { ServerWebSocket } from "bun";

type Json = Record<string, unknown>;
type Posted = Extract<Event, { type: "message.posted" }>;
type FakeSocket = ServerWebSocket<unknown>;

/**
 * Speaks the protocol as far as it is told to, and says what no real server
 * would: holes, repeats, early acks, frames of later versions.
 */
export class FakeServer {
  user = { id: "u_me", name: "Me", guest: true };
  readonly log: Event[] = [];
  readonly sockets = new Set<FakeSocket>();
  /** Commands that came over sockets. */
  readonly commands: Json[] = [];
  /** Calls that came over HTTP, as `GET /v1/me`. */
  readonly calls: string[] = [];
  /** Answers a call instead; `null` leaves it to the usual answer. */
  onCall: (request: Request, url: URL) => Response | null | Promise<Response | null> = () => null;
  /** Answers a command instead; true if it did. */
  onCommand: (command: Json, socket: FakeSocket) => boolean = () => false;
  epoch = "e1";
  /** How far each has read. */
  reads: Record<string, number> = {};
  /** How one stands to the room, beside it. */
  standing = { role: "member", level: "all", read: 0, unread: 0, mentions: 0, threads: 0 };
  #server = this.#listen(0);

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  cursor(seq = this.log.length): string {
    return seq === 0 ? `${this.epoch}.0.-` : `${this.epoch}.${seq}.m_${seq}`;
  }

  room(): Room {
    return {
      id: "general" as Room["id"],
      kind: "public",
      name: "general",
      topic: "",
      createdAt: 1,
      createdBy: null,
      expiresAt: null,
      capacity: null,
      archived: false,
      seq: this.log.length,
      cursor: this.cursor(),
      memberCount: 1,
    };
  }

  /** Puts a message into the log, and tells nobody. */
  add(
    text: string,
    {
      by = "u_other",
      clientId = `c-${this.log.length + 1}`,
      ...more
    }: { by?: string; clientId?: string; thread?: number; replyTo?: number } = {},
  ): Posted {
    const seq = this.log.length + 1;
    const event: Posted = { type: "message.posted", ...message(seq, by, clientId, text), ...more };
    this.log.push(event);
    return event;
  }

  /** Puts an event of any other kind into the log, and tells nobody. Returns its number. */
  happen(event: Json): number {
    const seq = this.log.length + 1;
    const entry = { seq, id: `m_${seq}`, at: 1_700_000_000_000 + seq, by: "u_other" };
    this.log.push({ ...entry, ...event } as Event);
    return seq;
  }

  entry(): InboxEntry {
    return { room: this.room(), ...this.standing } as InboxEntry;
  }

  tell(frame: unknown): void {
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    for (const socket of this.sockets) socket.send(text);
  }

  /** An `events` frame of the log's entries with these numbers. */
  tellEvents(...seqs: number[]): void {
    this.tell(this.events(...seqs));
  }

  events(...seqs: number[]): Json {
    const events = seqs.map((seq) => this.log[seq - 1]);
    return { type: "events", room: "general", events, cursor: this.cursor(seqs.at(-1)) };
  }

  reply(socket: FakeSocket, command: Json, more: Json = {}): void {
    socket.send(JSON.stringify({ type: "reply", ref: command["ref"], ok: true, ...more }));
  }

  refuse(socket: FakeSocket, command: Json, error: Json): void {
    socket.send(JSON.stringify({ type: "reply", ref: command["ref"], ok: false, error }));
  }

  /** The usual answer to `post-message`: the message is in the log, and the reply says so. */
  take(command: Json): Message {
    const event = this.add(String(command["text"]), {
      by: this.user.id,
      clientId: String(command["clientId"]),
      ...("thread" in command && { thread: Number(command["thread"]) }),
      ...("replyTo" in command && { replyTo: Number(command["replyTo"]) }),
    });
    return toMessage(event);
  }

  #listen(port: number) {
    return Bun.serve({
      port,
      hostname: "127.0.0.1",
      development: false,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        open: (socket) => void this.sockets.add(socket),
        close: (socket) => void this.sockets.delete(socket),
        message: (socket, text) => this.#command(socket, JSON.parse(String(text)) as Json),
      },
    });
  }

  async #answer(
    request: Request,
    server: { upgrade(request: Request): boolean },
  ): Promise<Response | undefined> {
    const url = new URL(request.url);
    this.calls.push(`${request.method} ${url.pathname}`);
    const own = await this.onCall(request, url);
    if (own) return own;
    switch (url.pathname) {
      case "/v1/socket":
        return server.upgrade(request) ? undefined : new Response(null, { status: 400 });
      case "/v1/me":
        return Response.json({ user: this.user, rooms: [this.entry()] });
      case "/v1/rooms/general":
        return Response.json({ room: this.room() });
      case "/v1/rooms/general/messages":
        return Response.json(this.page(url.searchParams));
      case "/v1/rooms/general/read":
      case "/v1/rooms/general/typing":
      case "/v1/rooms/general/level":
        return new Response(null, { status: 204 });
      case "/v1/rooms/general/reads":
        return Response.json({ reads: this.reads });
      case "/v1/rooms/general/events":
        return Response.json(this.eventPage(url.searchParams.get("after")));
      default:
        return this.#message(request, url.pathname);
    }
  }

  /** All messages as they are now. */
  messages(): Message[] {
    return this.log
      .filter((event) => event.type === "message.posted")
      .map((posted) => this.log.reduce(fold, toMessage(posted)));
  }

  /** A page, as its query names it. */
  page(query = new URLSearchParams()): Json {
    const number = (name: string) => (query.has(name) ? Number(query.get(name)) : null);
    const root = number("thread");
    const all = this.messages().filter(
      ({ seq, thread }) => thread === root || (root !== null && seq === root),
    );
    const limit = number("limit") ?? 50;
    const [before, after, around] = [number("before"), number("after"), number("around")];
    const below = (most: number, count: number) =>
      count === 0 ? [] : all.filter(({ seq }) => seq < most).slice(-count);
    const above = (least: number, count: number) =>
      all.filter(({ seq }) => seq > least).slice(0, count);
    const half = Math.floor(limit / 2);
    const messages =
      before !== null
        ? below(before, limit)
        : after !== null
          ? above(after, limit)
          : around !== null
            ? [...below(around, half), ...above(around - 1, limit - half)]
            : all.slice(-limit);
    const users = { [this.user.id]: this.user, u_other: { ...this.user, id: "u_other" } };
    const last = messages.at(-1);
    const isEnd = last === undefined || last === all.at(-1);
    const cursor = this.cursor(isEnd ? this.log.length : last.seq);
    return { messages, users, cursor, head: this.log.length };
  }

  /** One message, or the usual answer to a change of one: its event is told, and then the answer comes. */
  #message(request: Request, path: string): Response | Promise<Response> {
    const missing = { code: "message_not_found", detail: "There is no such message." };
    const [, number, what = "", emoji = ""] =
      /\/messages\/(\d+)(?:\/(pin|reactions)\/?(.*))?$/.exec(path) ?? [];
    const target = Number(number);
    const found = this.messages().find(({ seq }) => seq === target);
    if (!found) return Response.json(missing, { status: 404 });
    if (request.method === "GET") return Response.json({ message: found });
    return this.change(request, target, what, decodeURIComponent(emoji));
  }

  async change(request: Request, target: number, what: string, emoji: string): Promise<Response> {
    const on = request.method === "PUT";
    const by = this.user.id;
    const seq =
      request.method === "PATCH"
        ? this.happen({ type: "message.edited", target, by, ...((await request.json()) as Json) })
        : what === "pin"
          ? this.happen({ type: on ? "message.pinned" : "message.unpinned", target, by })
          : what === "reactions"
            ? this.happen({ type: on ? "reaction.added" : "reaction.removed", target, by, emoji })
            : this.happen({ type: "message.deleted", target, by });
    this.tellEvents(seq);
    return new Response(null, { status: 204 });
  }

  eventPage(after: string | null): Json {
    const seq = Number(after?.split(".")[1] ?? 0);
    const events = this.log.slice(seq, seq + 200);
    return { events, users: {}, cursor: this.cursor(seq + events.length) };
  }

  #command(socket: FakeSocket, command: Json): void {
    this.commands.push(command);
    if (this.onCommand(command, socket)) return;
    switch (command["type"]) {
      case "hello":
        return void socket.send(JSON.stringify({ type: "welcome", user: this.user, limits: {} }));
      case "open-room": {
        this.reply(socket, command, { room: this.room(), cursor: this.cursor() });
        const seq = Number(String(command["after"]).split(".")[1]);
        const missed = this.log.slice(seq).map((event) => event.seq);
        if (missed.length > 0) socket.send(JSON.stringify(this.events(...missed)));
        return;
      }
      case "post-message": {
        const posted = this.take(command);
        this.reply(socket, command, { message: posted });
        return this.tellEvents(posted.seq);
      }
      default:
        this.reply(socket, command);
    }
  }
}

function toMessage(event: Posted): Message {
  const { type: _type, ...posted } = event;
  return posted;
}

export function message(seq: number, by: string, clientId: string, text: string): Message {
  return {
    seq,
    id: `m_${seq}` as Message["id"],
    at: 1_700_000_000_000 + seq,
    by: by as Message["by"],
    clientId,
    text,
    replyTo: null,
    thread: null,
    files: [],
    reactions: {},
    editedAt: null,
    deletedAt: null,
    pinned: false,
  };
}
