import { becomeGuest, type Guest } from "./call.ts";
import type { Connection, Reply } from "./connection.ts";
import type { Recorder } from "../place.ts";
import { ROOM, type Run } from "./run.ts";
import { SocketReader } from "./socket-reader.ts";
import { object, text, whole } from "./wire.ts";
import { Visits } from "./visits.ts";

const TRY_AGAIN = new Set(["rate_limited", "store_unavailable", "store_full"]);
const SHORTEST_WAIT = 200;

interface Said {
  clientId: string;
  text: string;
  /** Where it was last sent, and no answer came yet. */
  on: Connection | undefined;
}

/**
 * Somebody of the log: a guest with a WebSocket of their own, who says their lines and reads the room.
 * What was not answered when the connection went is sent again, in the old order, before anything new.
 */
export class Player {
  readonly #recorder: Recorder;
  readonly reader: SocketReader;
  readonly visits: Visits;
  #guest: Guest | undefined;
  #connection: Connection | undefined;
  #outbox: Said[] = [];

  constructor(run: Run, nick: string) {
    const name = `<${nick}>`;
    this.#recorder = run.recorder(name, "ws");
    this.reader = new SocketReader(run, name);
    this.visits = new Visits(run, async (cut) => {
      try {
        this.#guest ??= await this.#come(run, cut, name, nick);
      } catch (error) {
        run.fault(name, error);
      }
      if (!this.#guest || cut.aborted) return false;
      const flush = (connection: Connection) => this.#flush(connection);
      const gotIn = await this.reader.visit(cut, this.#guest.token, flush);
      if (this.reader.isOut) this.#guest = undefined;
      return gotIn;
    });
  }

  async #come(run: Run, cut: AbortSignal, name: string, nick: string): Promise<Guest | undefined> {
    const guest = await becomeGuest(run, cut, nick);
    if (guest) run.signIn(name, guest.id);
    return guest;
  }

  get waiting(): number {
    return this.#outbox.length;
  }

  say(clientId: string, text: string): void {
    const said: Said = { clientId, text, on: undefined };
    this.#outbox.push(said);
    if (this.#connection?.open) this.#send(said, this.#connection);
  }

  #flush(connection: Connection): void {
    this.#connection = connection;
    for (const said of this.#outbox) this.#send(said, connection);
  }

  #send(said: Said, connection: Connection): void {
    const { clientId, text: words } = said;
    const sender = this.#guest?.id ?? "";
    said.on = connection;
    this.#recorder.write({ kind: "invoke", sender, clientId, text: words });
    const command = { type: "post-message", room: ROOM, clientId, text: words };
    connection.ask(command, (reply) => this.#answered(said, sender, reply));
  }

  #answered(said: Said, sender: string, reply: Reply | undefined): void {
    const { clientId } = said;
    said.on = undefined;
    if (!reply) {
      this.#recorder.write({ kind: "unknown", sender, clientId });
    } else if (reply.ok) {
      const message = object(reply.body.message, "message");
      const [seq, id] = [whole(message, "seq"), text(message, "id")];
      this.#recorder.write({ kind: "ok", sender, clientId, seq, id });
      this.#outbox = this.#outbox.filter((other) => other !== said);
    } else {
      this.#recorder.write({ kind: "fail", sender, clientId, code: reply.code });
      if (TRY_AGAIN.has(reply.code)) {
        const wait = Math.max(SHORTEST_WAIT, reply.retryAfter * 1000);
        setTimeout(() => this.#tryAgain(said), wait);
      } else {
        this.#outbox = this.#outbox.filter((other) => other !== said);
      }
    }
  }

  #tryAgain(said: Said): void {
    if (said.on || !this.#connection?.open || !this.#outbox.includes(said)) return;
    this.#send(said, this.#connection);
  }
}
