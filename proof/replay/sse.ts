/** One frame of an SSE stream; `event` is "message" where the stream names none. */
export interface Frame {
  event: string;
  id: string;
  data: string;
}

/** Reads a stream as the HTML standard says: section 9.2.6, "Interpreting an event stream". */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  let frame = { event: "message", id: "", data: "" };
  for await (const line of readLines(body)) {
    if (line === "") {
      if (frame.data !== "") yield { ...frame, data: frame.data.slice(0, -1) };
      frame = { event: "message", id: "", data: "" };
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") frame.data += `${value}\n`;
    else if (field === "event" && value !== "") frame.event = value;
    else if (field === "id") frame.id = value;
  }
}

/** Lines end in LF, CR or CRLF; a CR at the end of a chunk may be the half of a CRLF. */
async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? "") + rest.slice(whole.length);
    yield* lines;
  }
}
