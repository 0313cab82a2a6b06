import type { Event, Message } from "@snug/protocol";
import type { ClientProblem, Outcome } from "./api.ts";
import { roomPath, type Http } from "./http.ts";
import type { LogReader } from "./log-reader.ts";
import { fail, givenUp, succeed } from "./problem.ts";
import type { MessagePage } from "./timeline.ts";

/** `events` is what was told of the log after the page was read. */
export type ApplyPage = (page: MessagePage, events: readonly Event[]) => void;

interface Reading {
  readonly told: Event[];
  page: MessagePage | null;
  /** Asks for the page, once. */
  ask: (() => void) | null;
  readonly end: (outcome: Outcome<null>) => void;
  readonly apply: ApplyPage;
}

export interface PagesWorld {
  readonly room: string;
  readonly http: Http;
  readonly log: Pick<LogReader, "cursor" | "seq">;
  /** Why the room is not to be had, or `null`. */
  refusal(): ClientProblem | null;
}

/**
 * Reads pages beside a log that goes on meanwhile. A page is asked for once the log was
 * begun, and applied once that was told up to where the page stands, so that nothing of
 * it is too new, and with what was told since, so that nothing is too old.
 */
export class Pages {
  readonly #world: PagesWorld;
  readonly #readings = new Set<Reading>();

  constructor(world: PagesWorld) {
    this.#world = world;
  }

  /** @param path below the room's: a page of messages, or one of them */
  read(path: string, signal: AbortSignal, apply: ApplyPage): Promise<Outcome<null>> {
    return new Promise((resolve) => {
      const end = (outcome: Outcome<null>) => {
        signal.removeEventListener("abort", abort);
        this.#readings.delete(reading);
        resolve(outcome);
      };
      const abort = () => end(fail(givenUp));
      const ask = () => void this.#ask(reading, path, signal);
      const reading: Reading = { told: [], page: null, ask, end, apply };
      signal.addEventListener("abort", abort);
      this.#readings.add(reading);
      this.#look(reading);
    });
  }

  /** These were told, and are in all that is held. */
  take(events: readonly Event[]): void {
    for (const { told } of this.#readings) told.push(...events);
    this.look();
  }

  /**
   * The log may be begun, or refused, or be told up to where a page stands. Never while events
   * are being told: a page that stands before them would be applied without them, over them.
   */
  look(): void {
    for (const reading of this.#readings) this.#look(reading);
  }

  #look({ told, page, ask, end, apply }: Reading): void {
    const { log } = this.#world;
    const refusal = this.#world.refusal();
    if (refusal) end(fail(refusal));
    else if (page && page.head <= log.seq) {
      end(succeed(null));
      apply(
        page,
        told.filter(({ seq }) => seq > page.head),
      );
    } else if (log.cursor !== null) ask?.();
  }

  async #ask(reading: Reading, path: string, signal: AbortSignal): Promise<void> {
    reading.ask = null;
    const { http, room } = this.#world;
    const answer = await http.call<MessagePage | { message: Message }>(
      "GET",
      `${roomPath(room)}${path}`,
      { signal },
    );
    if (!answer.ok) return reading.end(answer);
    reading.page = "message" in answer.value ? pageOf(answer.value.message) : answer.value;
    this.look();
  }
}

/** Nobody says as of when it is; what is told since says the same once more at most. */
function pageOf(message: Message): MessagePage {
  return { messages: [message], users: {}, cursor: "", head: 0 };
}
