import { hear } from "../company.ts";
import { Place } from "../place.ts";
import type { Recorder } from "../place.ts";
import { ROOM, type Run } from "./run.ts";
import { type Frame, readFrames } from "./sse.ts";
import { event, gap, parse, WireFault } from "./wire.ts";

/** Reads the room over one SSE stream after another, each from the last one's `Last-Event-ID`. */
export class StreamReader {
  readonly #run: Run;
  readonly #name: string;
  readonly #recorder: Recorder;
  readonly place: Place;
  isOut = false;

  constructor(run: Run, name: string, cursor: string) {
    this.#run = run;
    this.#name = name;
    this.#recorder = run.recorder(name, "sse");
    this.place = new Place(this.#recorder, cursor);
  }

  async visit(cut: AbortSignal, token: string): Promise<boolean> {
    const { address, wasAway, wasWithoutStore } = this.#run.way.enter();
    let opened = false;
    this.isOut = false;
    try {
      const response = await this.#connect(address, cut, token);
      if (response.status === 502 && wasAway()) return false;
      if (response.status === 503 && wasWithoutStore()) return false;
      this.isOut = response.status === 401 && this.#run.hasLost;
      if (this.isOut || (response.status === 410 && this.#run.hasLost)) return false;
      if (!response.ok || !response.body) {
        throw new WireFault(`no stream: ${response.status} ${await response.text()}`);
      }
      if (cut.aborted) return false;
      this.place.opened(this.place.cursor ?? "");
      opened = true;
      this.#recorder.write({ kind: "stay", opens: true });
      for await (const frame of readFrames(response.body)) {
        if (cut.aborted) break;
        this.#take(frame);
      }
      if (!cut.aborted && !wasAway() && !this.#run.hasLost)
        throw new WireFault("the stream ended by itself");
    } catch (error) {
      const explained = cut.aborted || (wasAway() && !(error instanceof WireFault));
      if (!explained) this.#run.fault(this.#name, error);
    }
    if (opened) {
      const why = this.#run.isFinished(cut) ? "finished" : cut.aborted ? "cut" : "killed";
      this.#recorder.write({
        kind: "close",
        why: wasAway() || cut.aborted || this.#run.hasLost ? why : "unasked",
      });
      this.#recorder.write({ kind: "stay", opens: false });
    }
    return opened;
  }

  #connect(address: string, cut: AbortSignal, token: string): Promise<Response> {
    const headers = { Authorization: `Bearer ${token}`, Accept: "text/event-stream" };
    return fetch(`http://${address}/v1/rooms/${ROOM}/events`, {
      headers: { ...headers, "Last-Event-ID": this.place.cursor ?? "" },
      keepalive: false,
      signal: cut,
    });
  }

  #take(frame: Frame): void {
    if (frame.event === "message") {
      if (frame.id === "") throw new WireFault(`an event without a cursor: ${frame.data}`);
      this.place.read([event(parse(frame.data, "an event"))], frame.id);
    } else if (frame.event === "gap") {
      this.place.met(gap(parse(frame.data, "a gap")));
    } else if (frame.event === "signal" && this.#run.isOfNodes) {
      hear(this.#recorder, parse(frame.data, "a signal"));
    } else if (frame.event === "closed") {
      throw new WireFault(`the room closed: ${frame.data}`);
    }
  }
}
