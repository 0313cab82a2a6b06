import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Called } from "../text/called.ts";
import { MessageText } from "../text/message-text.tsx";
import { mayBeCut } from "./height.ts";

/** A message's text; a very long one is cut until one asks for all of it. */
export function CutText({
  id,
  text,
  called,
  whole,
  onWhole,
}: {
  id: string;
  text: string;
  called: Called;
  whole: boolean;
  onWhole: () => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  const [cut, setCut] = useState(false);
  const watched = !whole && mayBeCut(text);

  // Before the first paint, so that the button does not push anything later.
  useLayoutEffect(() => {
    if (watched && element.current) setCut(isCut(element.current));
  }, [watched, text]);
  useEffect(() => {
    if (!watched || !element.current) return;
    const box = element.current;
    const observer = new ResizeObserver(() => setCut(isCut(box)));
    observer.observe(box);
    return () => observer.disconnect();
  }, [watched]);

  const isShortened = watched && cut;
  return (
    <>
      <div
        ref={element}
        id={id}
        className="text"
        dir="auto"
        tabIndex={mayBeCut(text) ? -1 : undefined}
        data-whole={whole || undefined}
        data-cut={isShortened || undefined}
      >
        <MessageText text={text} called={called} />
      </div>
      {isShortened && (
        <button
          type="button"
          className="plain"
          onClick={() => {
            // This button is gone next, and the focus needs a place.
            element.current?.focus({ preventScroll: true });
            onWhole();
          }}
        >
          Show all
        </button>
      )}
    </>
  );
}

const isCut = (element: HTMLElement) => element.scrollHeight > element.clientHeight + 1;
