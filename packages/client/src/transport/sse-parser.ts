/** One message of an event stream, by the rules of the HTML standard, 9.2.6. */
export interface StreamMessage {
  /** `message` where the stream named none. */
  readonly event: string;
  /** The last id so far; empty before the first. */
  readonly id: string;
  readonly data: string;
}

/** Cuts a stream's text, in whatever pieces it comes, into its messages. */
export class SseParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  /** The messages that this piece completes. */
  push(piece: string): StreamMessage[] {
    const messages: StreamMessage[] = [];
    // A carriage return at the end may be half of a line's end.
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line !== "") this.#field(line);
      else if (this.#data.length > 0) {
        messages.push({
          event: this.#event || "message",
          id: this.#id,
          data: this.#data.join("\n"),
        });
      }
      if (line === "") [this.#event, this.#data] = ["", []];
    }
    return messages;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }
}
