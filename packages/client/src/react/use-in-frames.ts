import { useCallback, useSyncExternalStore } from "react";
import type { Readable } from "../store.ts";

const waiting = new Set<() => void>();
let frame: number | null = null;

/** A store's present value, drawn at most once a frame, however often it changes. */
export function useInFrames<Value>({ subscribe, get, initial }: Readable<Value>): Value {
  const subscribeInFrames = useCallback(
    (listener: () => void) => {
      const undo = subscribe(() => {
        waiting.add(listener);
        // A hidden page has no frames, and what is no page has none that are known.
        if (typeof document === "undefined" || document.hidden) drawNow();
        else frame ??= requestAnimationFrame(drawNow);
      });
      return () => {
        waiting.delete(listener);
        undo();
      };
    },
    [subscribe],
  );
  return useSyncExternalStore(subscribeInFrames, get, () => initial);
}

/** The same deeds; whoever gets an answer of one finds drawn what it tells of. */
export function drawing<Deeds extends object>(deeds: Deeds): Deeds {
  const able = Object.entries(deeds).map(([name, deed]: [string, unknown]) => [
    name,
    typeof deed === "function" ? (...given: unknown[]) => drawn(deed(...given)) : deed,
  ]);
  return Object.fromEntries(able) as Deeds;
}

function drawn(result: unknown): unknown {
  if (result instanceof Promise) return result.finally(drawNow);
  if (result !== undefined) drawNow();
  return result;
}

function drawNow(): void {
  if (frame !== null) cancelAnimationFrame(frame);
  frame = null;
  for (const draw of waiting) {
    waiting.delete(draw);
    draw();
  }
}
