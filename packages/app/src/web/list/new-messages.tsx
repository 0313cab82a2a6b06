import type { ChatMessage } from "@snug/client";
import type { NameOf } from "@snug/protocol";
import { useEffect, useRef, useState } from "react";
import { announcement } from "./announcement.ts";
import { fromOthersAfter, newestSeq } from "./below.ts";

/** A busy room must not talk over itself. */
const SAY_EVERY_MS = 3_000;

/** Tells a screen reader what just came; never history. */
export function NewMessages({
  messages,
  loaded,
  nameOf,
}: {
  messages: readonly ChatMessage[];
  loaded: boolean;
  nameOf: NameOf;
}) {
  const [said, setSaid] = useState({ text: "", id: 0 });
  const saidUpTo = useRef<number | null>(null);
  const saidAt = useRef(-Infinity);

  useEffect(() => {
    if (!loaded) return;
    if (saidUpTo.current === null) {
      saidUpTo.current = newestSeq(messages);
      return;
    }
    const wait = saidAt.current + SAY_EVERY_MS - performance.now();
    const timer = setTimeout(() => {
      const text = announcement(fromOthersAfter(messages, saidUpTo.current ?? 0), nameOf);
      saidUpTo.current = newestSeq(messages);
      if (text === "") return;
      saidAt.current = performance.now();
      setSaid(({ id }) => ({ text, id: id + 1 }));
    }, wait);
    return () => clearTimeout(timer);
  }, [messages, loaded, nameOf]);

  return (
    <p className="hidden" role="status" aria-live="polite">
      {/* Another element each time: the same text again is said again. */}
      <span key={said.id}>{said.text}</span>
    </p>
  );
}
