import { type PointerEvent, type TouchEvent, useEffect, useRef } from "react";

const HOLD_MS = 450;
/** A finger is never quite still. */
const STRAY_PX = 10;

/** A finger that stays where it came down. With the mouse there are other ways. */
export function useLongPress(act: () => void) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const acted = useRef(false);
  const end = () => {
    clearTimeout(press.current?.timer);
    press.current = null;
  };
  useEffect(() => end, []);
  return {
    onPointerDown(event: PointerEvent) {
      end();
      acted.current = false;
      const { pointerType, isPrimary, clientX: x, clientY: y, target } = event;
      if (pointerType === "mouse" || !isPrimary) return;
      if (target instanceof Element && target.closest("a, button:not(.picture), textarea") !== null)
        return;
      const timer = setTimeout(() => {
        acted.current = true;
        act();
      }, HOLD_MS);
      press.current = { timer, x, y };
    },
    onPointerMove({ clientX, clientY }: PointerEvent) {
      const { current } = press;
      if (current && Math.hypot(clientX - current.x, clientY - current.y) > STRAY_PX) end();
    },
    onPointerUp: end,
    onPointerCancel: end,
    onTouchEnd(event: TouchEvent) {
      // Or the finger that is lifted would press what came to lie under it.
      if (acted.current) event.preventDefault();
    },
  };
}
