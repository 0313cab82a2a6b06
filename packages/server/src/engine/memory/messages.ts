import { fold, type Event, type Message } from "@snug/protocol";
import type { StoredEvent } from "../../core/ports.ts";

/** An event as it was stored, and what it says. */
export interface Told extends StoredEvent {
  readonly event: Event;
}

export interface Now {
  readonly stored: StoredEvent;
  readonly message: Message;
  /** The event that pinned it. */
  readonly pinnedBy: number;
}

/** All messages of a log as they are now, by their numbers. */
export function messagesOf(log: readonly Told[]): Map<number, Now> {
  const messages = new Map<number, Now>();
  for (const { seq, id, json, event } of log) {
    if (event.type === "message.posted")
      messages.set(seq, { stored: { seq, id, json }, message: event, pinnedBy: 0 });
    for (const target of targetsOf(event)) {
      const found = messages.get(target);
      if (found === undefined) continue;
      const { stored, pinnedBy } = found;
      const message = fold(found.message, event);
      messages.set(target, {
        stored: { ...stored, json: JSON.stringify(message) },
        message,
        pinnedBy: event.type === "message.pinned" ? seq : pinnedBy,
      });
    }
  }
  return messages;
}

function targetsOf(event: Event): number[] {
  const target = "target" in event ? [event.target] : [];
  const thread = "thread" in event ? [event.thread ?? 0] : [];
  return [...target, ...thread];
}
