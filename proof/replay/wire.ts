/** As much of Snug's wire as a replay needs, read from docs/protocol.md and from no code of Snug. */
export interface WireEvent {
  seq: number;
  id: string;
  at: number;
  type: string;
  by: string;
  [field: string]: unknown;
}

export interface WireGap {
  after: string;
  next: string;
  reason: string;
}

export type Json = Record<string, unknown>;

/** Snug said something that its protocol does not. */
export class WireFault extends Error {}

export function object(value: unknown, of: string): Json {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new WireFault(`${of} is not an object: ${JSON.stringify(value)}`);
  }
  return { ...value };
}

export function parse(text: string, of: string): Json {
  try {
    return object(JSON.parse(text), of);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new WireFault(`${of} is not JSON: ${text.slice(0, 200)}`);
    throw error;
  }
}

export function text(from: Json, field: string): string {
  const value = from[field];
  if (typeof value !== "string") throw new WireFault(`no ${field} in ${JSON.stringify(from)}`);
  return value;
}

export function whole(from: Json, field: string): number {
  const value = from[field];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new WireFault(`no ${field} in ${JSON.stringify(from)}`);
  }
  return value;
}

export function event(value: unknown): WireEvent {
  const from = object(value, "an event");
  return {
    ...from,
    seq: whole(from, "seq"),
    id: text(from, "id"),
    at: whole(from, "at"),
    type: text(from, "type"),
    by: text(from, "by"),
  };
}

export function events(from: Json): WireEvent[] {
  if (!Array.isArray(from.events)) throw new WireFault(`no events in ${JSON.stringify(from)}`);
  return from.events.map(event);
}

export function gap(value: unknown): WireGap {
  const from = object(value, "a gap");
  return { after: text(from, "after"), next: text(from, "next"), reason: text(from, "reason") };
}

/** A cursor is opaque to those who use it; a proof may look inside: `epoch.seq.id`. */
export function readCursor(cursor: string): { epoch: string; seq: number } {
  const [, epoch, seq] = /^([^.]+)\.(\d+)\.[^.]+$/.exec(cursor) ?? [];
  if (epoch === undefined) throw new WireFault(`not a cursor: ${cursor}`);
  return { epoch, seq: Number(seq) };
}
