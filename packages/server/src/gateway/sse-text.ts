import { formatCursor, type Gap } from "@snug/protocol";
import type { StoredEvent } from "../core/ports.ts";

// The only writer of the text/event-stream format (WHATWG HTML, section 9.2).
// `data` is always JSON and ids always cursors, so neither can hold the CR, LF
// or NUL that would end a field early.

const encoder = new TextEncoder();

/** Events: an `id:` that is their cursor, and no `event:` line. */
export function sseEvents(epoch: string, events: readonly StoredEvent[]): Uint8Array {
  let text = "";
  for (const event of events) text += `id: ${formatCursor(epoch, event)}\ndata: ${event.json}\n\n`;
  return encoder.encode(text);
}

/** The gap's `next` is its id: who leaves here resumes there. */
export function sseGap(gap: Gap): Uint8Array {
  return encoder.encode(`event: gap\nid: ${gap.next}\ndata: ${JSON.stringify(gap)}\n\n`);
}

/** The room ended, or its reader lost it; the stream ends after this. */
export function sseClosed(room: string, code: string): Uint8Array {
  return encoder.encode(`event: closed\ndata: ${JSON.stringify({ room, code })}\n\n`);
}

/** @param frame the same as on a WebSocket: JSON */
export function sseSignal(frame: string): Uint8Array {
  return encoder.encode(`event: signal\ndata: ${frame}\n\n`);
}

/** What has no cursor: the list of one's rooms. `frame` is JSON, as on a WebSocket. */
export function sseData(frame: string): Uint8Array {
  return encoder.encode(`data: ${frame}\n\n`);
}

export function sseBye(code: number, retry: number): Uint8Array {
  return encoder.encode(
    `event: bye\nretry: ${retry}\ndata: ${JSON.stringify({ code, retry })}\n\n`,
  );
}

/** The stream is open; reconnect after `retry` milliseconds. */
export function sseHello(retry: number): Uint8Array {
  return encoder.encode(`retry: ${retry}\n: hello\n\n`);
}

export const sseHeartbeat = encoder.encode(": \n\n");
