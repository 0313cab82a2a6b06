import { type KeyboardEvent, type RefObject, useState } from "react";
import { isComposing } from "../composer/enter.ts";
import type { Row } from "./rows.ts";

const steps: Partial<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowDown: 1 };

/**
 * The arrow keys lead the focus from message to message; there, other keys say
 * what to do with it. A click gives the keys back to whoever writes.
 */
export function useWalk(
  scroller: RefObject<HTMLElement | null>,
  onKey: (key: string, message: Row["message"]) => boolean,
  rows: readonly Row[],
) {
  const [at, setAt] = useState<string | null>(null);

  function go(row: Element | undefined) {
    const article = row?.querySelector("article");
    const key = row?.getAttribute("data-key") ?? null;
    if (!article || key === null) return;
    setAt(key);
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "nearest" });
  }

  /** To the newest that is in view, or the one where one was. */
  function enter() {
    const view = scroller.current?.getBoundingClientRect();
    if (!view) return;
    const drawn = drawnIn(scroller.current);
    const seen = drawn.filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > view.top && top < view.bottom && bottom <= view.bottom + 8;
    });
    go(seen.findLast((row) => row.getAttribute("data-key") === at) ?? seen.at(-1) ?? drawn.at(-1));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.defaultPrevented || isComposing(event.nativeEvent) || event.altKey) return;
    const { target, currentTarget, key } = event;
    const step = event.ctrlKey || event.metaKey || event.shiftKey ? undefined : steps[key];
    if (step !== undefined) {
      event.preventDefault();
      const here = target instanceof Element ? target.closest("[data-key]") : null;
      if (target === currentTarget || here === null) return enter();
      const drawn = drawnIn(scroller.current);
      return go(drawn[drawn.indexOf(here) + step]);
    }
    // Below a message stand its buttons, which have keys of their own.
    const isRow = target instanceof Element && target.matches("article");
    const message = rows.find((row) => row.message.key === at)?.message;
    if (!isRow || message === undefined || event.ctrlKey || event.metaKey) return;
    if (onKey(key, message)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  return { at, enter, onKeyDown, leave: () => setAt(null) };
}

/** The rows that are drawn, from top to bottom. */
const drawnIn = (scroller: Element | null) =>
  [...(scroller?.querySelectorAll("[data-key]") ?? [])]
    .filter((row) => row.querySelector("article") !== null)
    .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
