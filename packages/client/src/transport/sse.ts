import type { Event, Gap, InboxEntry, Message, Room } from "@snug/protocol";
import type { ClientProblem, Outcome } from "../api.ts";
import { rest, type Clock } from "../clock.ts";
import { LARGEST_PAGE, roomPath, type Http } from "../http.ts";
import {
  closedBecause,
  PATIENCE,
  QUIET,
  roomSignals,
  type Ending,
  type Link,
  type News,
  type Opened,
  type RoomSignal,
  type RoomSink,
  type Send,
  type Telling,
} from "../link.ts";
import { isPassing, RETRY, succeed, waitFor } from "../problem.ts";
import { SseParser, type StreamMessage } from "./sse-parser.ts";

/** Milliseconds between an answer and asking again, where streams are held back. */
const POLL = 2_000;

/** Opens streams; where something in between holds back what comes over them, it asks again and again. */
export function openStreams(
  http: Http,
  clock: Clock,
  signal: AbortSignal,
  onNews: (news: News) => void,
): Promise<Opened> {
  return new Promise((resolve) => {
    const come = () => {
      cancel();
      resolve({ link });
    };
    const link = new StreamLink(http, clock, come, onNews);
    const cancel = clock.after(PATIENCE, () => link.poll());
    signal.addEventListener("abort", () => link.close());
    void link.ended.then((ended) => {
      cancel();
      resolve({ ended });
    });
  });
}

/** Where no WebSocket gets through: a stream for each room, or asking again and again, and a POST for each send. */
class StreamLink implements Link {
  readonly ended: Promise<Ending>;
  readonly #http: Http;
  readonly #clock: Clock;
  readonly #onNews: (news: News) => void;
  readonly #over = new AbortController();
  /** Aborted when streams are given up. */
  readonly #streams = new AbortController();
  #polls = false;
  #end: (ending: Ending) => void = () => {};
  #cancelWatch = () => {};
  #checking = false;

  /** @param onCome called with whatever comes: this way leads to the server */
  constructor(http: Http, clock: Clock, onCome: () => void, onNews: (news: News) => void) {
    this.#http = http;
    this.#clock = clock;
    this.#onNews = (news) => {
      onCome();
      onNews(news);
    };
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#watch();
    void this.#listen();
  }

  get transport(): "sse" | "polling" {
    return this.#polls ? "polling" : "sse";
  }

  poll(): void {
    this.#polls = true;
    this.#streams.abort();
    this.check();
  }

  follow(room: string, after: string, sink: RoomSink): () => void {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#over.signal]);
    void this.#follow(room, after, sink, signal);
    return () => stop.abort();
  }

  async post(room: string, send: Send): Promise<Outcome<Message>> {
    const posted = await this.#http.call<{ message: Message }>(
      "POST",
      `${roomPath(room)}/messages`,
      { body: send, signal: this.#over.signal },
    );
    if (posted.ok) return succeed(posted.value.message);
    this.#refuse(posted.error);
    return posted;
  }

  async tell(command: Telling): Promise<Outcome<unknown>> {
    const { signal } = this.#over;
    switch (command.type) {
      case "mark-read": {
        const { type: _, room, ...body } = command;
        return this.#http.call("PUT", `${roomPath(room)}/read`, { body, signal });
      }
      case "set-typing":
        return this.#http.call("POST", `${roomPath(command.room)}/typing`, { signal });
      case "set-away":
        // A stream cannot say so.
        return succeed(null);
    }
  }

  check(): void {
    if (this.#checking || this.#over.signal.aborted) return;
    this.#checking = true;
    const { signal } = this.#over;
    void this.#http.call<Me>("GET", "/v1/me", { signal }).then((me) => {
      this.#checking = false;
      if (me.ok) {
        if (this.#polls) this.#onNews({ type: "inbox", rooms: me.value.rooms });
      } else if (me.error.code === "no_connection") this.fail();
      else if (!isPassing(me.error)) this.#finish({ why: "refused", problem: me.error });
      this.#watch();
    });
  }

  fail(): void {
    this.#finish({ why: "lost" });
  }

  close(): void {
    this.fail();
  }

  /** One's own list of rooms, on a stream of its own. */
  async #listen(): Promise<void> {
    const { signal } = this.#streams;
    const stream = await this.#http.stream("/v1/me/events", signal);
    if (signal.aborted) return;
    if (!stream.ok) {
      const { error } = stream;
      if (error.code === "no_connection") this.fail();
      // A server that has no such stream still has rooms.
      else if (!isPassing(error)) this.poll();
      else {
        await rest(signal, this.#clock, waitFor(error, RETRY));
        if (!signal.aborted) await this.#listen();
      }
      return;
    }
    await this.#read(stream.value, signal, (messages) => {
      for (const { event, data } of messages) {
        if (event === "message" || event === "signal") this.#onNews(JSON.parse(data) as News);
        else this.#heed(event, data);
      }
    });
  }

  async #follow(room: string, after: string, sink: RoomSink, signal: AbortSignal): Promise<void> {
    const opened = await this.#http.call<{ room: Room }>("GET", roomPath(room), { signal });
    if (signal.aborted) return;
    if (!opened.ok) return this.#refuse(opened.error, sink);
    const open = () => sink.opened(opened.value.room, opened.value.room.cursor);
    if (this.#polls) {
      open();
      return this.#ask(room, after, sink, signal);
    }
    const cancel = this.#giveUpLater();
    const path = `${roomPath(room)}/events?after=${encodeURIComponent(after)}`;
    const stream = await this.#http.stream(path, signal);
    cancel();
    if (signal.aborted) return;
    if (!stream.ok) return this.#refuse(stream.error, sink);
    open();
    await this.#read(stream.value, signal, (messages) => this.#handOn(messages, sink, signal));
  }

  /** What the log says after this place, page by page, and again and again at its end. */
  async #ask(room: string, after: string, sink: RoomSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const page = await this.#http.events(room, after, signal);
      if (signal.aborted) return;
      if (!page.ok) return this.#refuse(page.error, sink);
      const { events, cursor, gap } = page.value;
      if (gap) return sink.gap(gap);
      sink.events(events, cursor);
      after = cursor;
      if (events.length < LARGEST_PAGE) await rest(signal, this.#clock, POLL);
    }
  }

  #refuse(problem: ClientProblem, sink?: RoomSink): void {
    if (problem.code === "no_connection") this.fail();
    else if (problem.code === "unauthorized") this.#finish({ why: "refused", problem });
    else sink?.refused(problem);
  }

  /** Until it ends; unless it was given up, the link ends with it. */
  async #read(
    stream: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    take: (messages: readonly StreamMessage[]) => void,
  ): Promise<void> {
    const decoder = new TextDecoder();
    const parser = new SseParser();
    try {
      const reader = stream.getReader();
      while (!signal.aborted) {
        const { done, value } = await reader.read().finally(this.#giveUpLater());
        if (done || signal.aborted) break;
        this.#watch();
        take(parser.push(decoder.decode(value, { stream: true })));
      }
    } catch {
      // It broke, or said what is none of Snug's words: the same to whoever comes after.
    }
    if (!signal.aborted) this.fail();
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
        if (event === "signal") hear(JSON.parse(data) as RoomSignal, sink);
        if (event === "closed") {
          const { code } = JSON.parse(data) as { code?: unknown };
          return sink.refused(closedBecause(String(code)));
        }
        this.#heed(event, data);
      }
    }
    flush();
  }

  #heed(event: string, data: string): void {
    if (event !== "bye") return;
    const { retry } = JSON.parse(data) as { retry?: unknown };
    this.#finish({ why: "restart", retry: Number(retry) || 0 });
  }

  #watch(): void {
    this.#cancelWatch();
    const wait = this.#polls ? POLL : QUIET;
    if (!this.#over.signal.aborted) this.#cancelWatch = this.#clock.after(wait, () => this.check());
  }

  #finish(ending: Ending): void {
    if (this.#over.signal.aborted) return;
    this.#cancelWatch();
    this.#over.abort();
    this.#streams.abort();
    this.#end(ending);
  }
}

interface Me {
  readonly rooms: readonly InboxEntry[];
}

/** A later server may have others. */
function hear(signal: RoomSignal, sink: RoomSink): void {
  if (roomSignals.has(signal.kind)) sink.signal(signal);
}
