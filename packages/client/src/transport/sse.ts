import type { Event, Gap, Message, Room } from "@snug/protocol";
import type { Outcome } from "../api.ts";
import type { Clock } from "../clock.ts";
import { roomPath, type Http } from "../http.ts";
import { PATIENCE, QUIET, type Ending, type Link, type RoomSink } from "../link.ts";
import { isPassing, succeed } from "../problem.ts";
import { SseParser, type StreamMessage } from "./sse-parser.ts";

/** Where no WebSocket gets through: a stream for each room, and a POST for each send. */
export class StreamLink implements Link {
  readonly transport = "sse";
  readonly ended: Promise<Ending>;
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #end: (ending: Ending) => void = () => {};
  #cancelWatch = () => {};
  #checking = false;

  constructor(http: Http, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#watch();
  }

  follow(room: string, after: string, sink: RoomSink): () => void {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#over.signal]);
    void this.#follow(room, after, sink, signal);
    return () => stop.abort();
  }

  async post(room: string, send: { clientId: string; text: string }): Promise<Outcome<Message>> {
    const posted = await this.#http.call<{ message: Message }>(
      "POST",
      `${roomPath(room)}/messages`,
      { body: send, signal: this.#over.signal },
    );
    if (!posted.ok && posted.error.code === "no_connection") this.fail();
    if (!posted.ok && posted.error.code === "unauthorized")
      this.#finish({ why: "refused", problem: posted.error });
    return posted.ok ? succeed(posted.value.message) : posted;
  }

  check(): void {
    if (this.#checking || this.#over.signal.aborted) return;
    this.#checking = true;
    void this.#http.call("GET", "/v1/me", { signal: this.#over.signal }).then((me) => {
      this.#checking = false;
      if (me.ok || isPassing(me.error)) {
        if (!me.ok && me.error.code === "no_connection") this.fail();
        else this.#watch();
      } else this.#finish({ why: "refused", problem: me.error });
    });
  }

  fail(): void {
    this.#finish({ why: "lost" });
  }

  close(): void {
    this.fail();
  }

  async #follow(room: string, after: string, sink: RoomSink, signal: AbortSignal): Promise<void> {
    const opened = await this.#http.call<{ room: Room }>("GET", roomPath(room), { signal });
    if (signal.aborted) return;
    const cancel = this.#giveUpLater();
    const stream = opened.ok
      ? await this.#http.stream(
          `${roomPath(room)}/events?after=${encodeURIComponent(after)}`,
          signal,
        )
      : opened;
    cancel();
    if (signal.aborted) return;
    if (!opened.ok || !stream.ok) {
      const { error } = opened.ok ? (stream as Extract<typeof stream, { ok: false }>) : opened;
      if (error.code === "no_connection") this.fail();
      else if (error.code === "unauthorized") this.#finish({ why: "refused", problem: error });
      else sink.refused(error);
      return;
    }
    sink.opened(opened.value.room, opened.value.room.cursor);
    try {
      await this.#read(stream.value, sink, signal);
    } catch {
      // It broke, or was given up: the same to whoever comes after.
    }
    // A stream ends when the server, the network or the session has.
    if (!signal.aborted) this.fail();
  }

  async #read(
    stream: ReadableStream<Uint8Array>,
    sink: RoomSink,
    signal: AbortSignal,
  ): Promise<void> {
    const reader = stream.getReader();
    const decoder = new TextDecoder();
    const parser = new SseParser();
    while (!signal.aborted) {
      const { done, value } = await reader.read().finally(this.#giveUpLater());
      if (done || signal.aborted) return;
      this.#watch();
      this.#handOn(parser.push(decoder.decode(value, { stream: true })), sink, signal);
    }
  }

  /** The server comments every 15 s at least; one that is this quiet has gone without a word. */
  #giveUpLater(): () => void {
    return this.#clock.after(QUIET + PATIENCE, () => this.fail());
  }

  /** What came together is handed on together, so that it is drawn once. */
  #handOn(messages: readonly StreamMessage[], sink: RoomSink, signal: AbortSignal): void {
    let events: Event[] = [];
    let cursor = "";
    const flush = () => {
      if (events.length > 0) sink.events(events, cursor);
      events = [];
    };
    for (const { event, id, data } of messages) {
      // A gap makes the reader begin elsewhere: what follows on this stream is not for it.
      if (signal.aborted) return;
      if (event === "message") {
        events.push(JSON.parse(data) as Event);
        cursor = id;
      } else {
        flush();
        if (event === "gap") sink.gap(JSON.parse(data) as Gap);
        if (event === "bye") {
          const { retry } = JSON.parse(data) as { retry?: unknown };
          this.#finish({ why: "restart", retry: Number(retry) || 0 });
        }
      }
    }
    flush();
  }

  #watch(): void {
    this.#cancelWatch();
    if (!this.#over.signal.aborted)
      this.#cancelWatch = this.#clock.after(QUIET, () => this.check());
  }

  #finish(ending: Ending): void {
    if (this.#over.signal.aborted) return;
    this.#cancelWatch();
    this.#over.abort();
    this.#end(ending);
  }
}
