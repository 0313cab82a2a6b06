import type { Event, Message } from "@snug/protocol";
import type { Outcome } from "./api.ts";
import { roomPath, type Http } from "./http.ts";
import type { LogReader } from "./log-reader.ts";
import { fail, noConnection, succeed } from "./problem.ts";
import type { MessagePage } from "./timeline.ts";

/** `events` is what was told of the log after the page was read. */
export type ApplyPage = (page: MessagePage, events: readonly Event[]) => void;

interface Reading {
  readonly told: Event[];
  page: MessagePage | null;
  apply: () => void;
}

/**
 * Reads pages beside a log that goes on meanwhile. A page is applied once the log
 * was told up to where the page stands, so that nothing of it is too new, and with
 * what was told since, so that nothing is too old.
 */
export class Pages {
  readonly #room: string;
  readonly #http: Http;
  readonly #log: Pick<LogReader, "cursor" | "seq" | "phase" | "problem">;
  readonly #readings = new Set<Reading>();
  /** Called when the log was begun, or cannot be. */
  readonly #waiting = new Set<() => void>();

  constructor(
    room: string,
    http: Http,
    log: Pick<LogReader, "cursor" | "seq" | "phase" | "problem">,
  ) {
    this.#room = room;
    this.#http = http;
    this.#log = log;
  }

  /** @param path below the room's: a page of messages, or one of them */
  async read(path: string, signal: AbortSignal, apply: ApplyPage): Promise<Outcome<null>> {
    while (this.#log.cursor === null && !signal.aborted) {
      if (this.#log.phase === "refused") return fail(this.#log.problem ?? noConnection);
      await this.#next(signal);
    }
    const reading: Reading = { told: [], page: null, apply: () => {} };
    this.#readings.add(reading);
    const answer = await this.#http.call<MessagePage | { message: Message }>(
      "GET",
      `${roomPath(this.#room)}${path}`,
      { signal },
    );
    if (!answer.ok || signal.aborted) {
      this.#readings.delete(reading);
      return answer.ok ? fail(noConnection) : answer;
    }
    const page = "message" in answer.value ? pageOf(answer.value.message) : answer.value;
    return new Promise((resolve) => {
      const end = (outcome: Outcome<null>) => {
        signal.removeEventListener("abort", abort);
        this.#readings.delete(reading);
        resolve(outcome);
      };
      const abort = () => end(fail(noConnection));
      signal.addEventListener("abort", abort);
      reading.page = page;
      reading.apply = () => {
        end(succeed(null));
        const since = reading.told.filter(({ seq }) => seq > page.head);
        apply(page, since);
      };
      this.#look();
    });
  }

  /** These were told, and are in all that is held. */
  take(events: readonly Event[]): void {
    for (const { told } of this.#readings) told.push(...events);
    this.#look();
  }

  /** The log was begun, or cannot be. */
  turn(): void {
    for (const go of this.#waiting) go();
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener("abort", go);
        this.#waiting.delete(go);
        resolve();
      };
      this.#waiting.add(go);
      signal.addEventListener("abort", go);
    });
  }

  #look(): void {
    for (const reading of this.#readings) {
      if (reading.page === null || reading.page.head > this.#log.seq) continue;
      reading.apply();
    }
  }
}

/** Nobody says as of when it is; what is told since says the same once more at most. */
function pageOf(message: Message): MessagePage {
  return { messages: [message], users: {}, cursor: "", head: 0 };
}
