// What the peers answer with: the frames of the load generator. A message is stamped with its number and the time,
// encoded once and padded to the length of Snug's, as c-each does it; nothing is checked or stored.

const padTo = Number(process.argv[2] ?? 0);
const numbers = new Map();

/** The event of a post, in the order of its room; the number is `seq`. */
export function posted({ room, clientId, text }) {
  const seq = (numbers.get(room) ?? 0) + 1;
  numbers.set(room, seq);
  const event = { seq, type: "message.posted", at: Date.now(), clientId, text, pad: "" };
  const frame = { type: "events", room, events: [event] };
  event.pad = ".".repeat(Math.max(0, padTo - JSON.stringify(frame).length));
  return { seq, frame };
}

export const reply = (ref, seq) => ({ type: "reply", ref, ok: true, seq });

export const ready = (port) => console.log(`listens on http://127.0.0.1:${port}`);
