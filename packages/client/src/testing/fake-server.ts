import type { Event, Message, Room } from "@snug/protocol";
import type { ServerWebSocket } from "bun";

type Json = Record<string, unknown>;
type Posted = Extract<Event, { type: "message.posted" }>;
type FakeSocket = ServerWebSocket<unknown>;

/**
 * Speaks the protocol as far as it is told to, and says what no real server
 * would: holes, repeats, early acks, frames of later versions.
 */
export class FakeServer {
  readonly user = { id: "u_me", name: "Me", guest: true };
  readonly log: Event[] = [];
  readonly sockets = new Set<FakeSocket>();
  /** Commands that came over sockets. */
  readonly commands: Json[] = [];
  /** Calls that came over HTTP, as `GET /v1/me`. */
  readonly calls: string[] = [];
  /** Answers a call instead; `null` leaves it to the usual answer. */
  onCall: (request: Request, url: URL) => Response | Promise<Response> | null = () => null;
  /** Answers a command instead; true if it did. */
  onCommand: (command: Json, socket: FakeSocket) => boolean = () => false;
  epoch = "e1";
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
  add(text: string, { by = "u_other", clientId = `c-${this.log.length + 1}` } = {}): Posted {
    const seq = this.log.length + 1;
    const event: Posted = { type: "message.posted", ...message(seq, by, clientId, text) };
    this.log.push(event);
    return event;
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
        return Response.json({ user: this.user, rooms: [{ room: this.room() }] });
      case "/v1/rooms/general":
        return Response.json({ room: this.room() });
      case "/v1/rooms/general/messages":
        return Response.json(this.page());
      case "/v1/rooms/general/events":
        return Response.json(this.eventPage(url.searchParams.get("after")));
      default:
        return Response.json({ code: "not_found", detail: "Not here." }, { status: 404 });
    }
  }

  page(): Json {
    const messages = this.log
      .filter((event) => event.type === "message.posted")
      .map(toMessage)
      .slice(-50);
    const users = { [this.user.id]: this.user, u_other: { ...this.user, id: "u_other" } };
    return { messages, users, cursor: this.cursor(), head: this.log.length };
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
