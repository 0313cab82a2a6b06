import { becomeGuest, call, type Guest } from "../replay/call.ts";
import type { Recorder } from "../place.ts";
import { ROOM, type Run } from "../replay/run.ts";
import { object, text as textOf, whole } from "../replay/wire.ts";

const PAUSE = 20;

export interface Answered {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: number;
}

/** Sends over HTTP, a connection for each message. */
export class Poster {
  readonly #run: Run;
  readonly #guest: Guest;
  readonly #recorder: Recorder;

  constructor(run: Run, name: string, guest: Guest) {
    this.#run = run;
    this.#guest = guest;
    this.#recorder = run.recorder(name, "http");
  }

  static async come(run: Run, name: string, by = run): Promise<Poster> {
    const guest = await becomeGuest(run, run.ended, name);
    if (!guest) throw new Error("the server was away when somebody came to post");
    return new Poster(by, name, guest);
  }

  get token(): string {
    return this.#guest.token;
  }

  /** Once; undefined when no answer came. */
  async try(clientId: string, text: string): Promise<Answered | undefined> {
    const sender = this.#guest.id;
    this.#recorder.write({ kind: "invoke", sender, clientId, text });
    const answer = await call(this.#run, this.#run.ended, `/v1/rooms/${ROOM}/messages`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${this.#guest.token}`,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ clientId, text }),
    });
    if (!answer) {
      this.#recorder.write({ kind: "unknown", sender, clientId });
      return undefined;
    }
    const { status, body } = answer;
    if (status === 200 || status === 201) {
      const message = object(body.message, "message");
      const [seq, id] = [whole(message, "seq"), textOf(message, "id")];
      this.#recorder.write({ kind: "ok", sender, clientId, seq, id });
      return { status, code: undefined, retryAfter: 0 };
    }
    const code = textOf(body, "code");
    this.#recorder.write({ kind: "fail", sender, clientId, code });
    return { status, code, retryAfter: Number(body.retryAfter ?? 0) };
  }

  /** Again and again, until it is answered. */
  async post(clientId: string, text: string): Promise<void> {
    while (!this.#run.ended.aborted) {
      const answer = await this.try(clientId, text);
      if (answer?.code === undefined && answer) return;
      await Bun.sleep(PAUSE);
    }
  }
}
