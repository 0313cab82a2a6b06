import type { Recorder } from "./place.ts";
import { type Json, object, text } from "./replay/wire.ts";

/** Writes down what a signal of a room says of those who have it open. */
export function hear(recorder: Recorder, signal: Json): void {
  const id = (user: unknown) => text(object(user, "a user"), "id");
  if (signal["kind"] === "typing") recorder.write({ kind: "typing", user: id(signal["user"]) });
  if (signal["kind"] !== "presence") return;
  recorder.write({
    kind: "company",
    whole: signal["whole"] === true,
    online: (signal["online"] as unknown[]).map(id),
    offline: signal["offline"] as string[],
  });
}
