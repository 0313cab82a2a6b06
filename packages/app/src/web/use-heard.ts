import type { Event } from "@snug/client";
import { useEffect, useRef } from "react";
import { useHouse } from "./house.ts";

/** The first is acted on at once, and those that follow it together. */
const GATHER_MS = 300;

const anyOne = () => true;

/** Acts when one of these happens in the room, or what was known of it does not hold any more. */
export function useHeard(
  room: string,
  types: readonly Event["type"][],
  act: () => void,
  concerns: (event: Event) => boolean = anyOne,
): void {
  const { chat } = useHouse();
  const latest = useRef({ act, concerns });
  latest.current = { act, concerns };
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stale = false;
    const heed = () => {
      stale = timer !== undefined;
      if (stale) return;
      latest.current.act();
      timer = setTimeout(() => {
        timer = undefined;
        if (stale) heed();
      }, GATHER_MS);
    };
    const hear = (event: Event) => {
      if (latest.current.concerns(event)) heed();
    };
    const followed = chat.room(room);
    const undo = [followed.onReset(heed), ...types.map((type) => followed.on(type, hear))];
    return () => {
      clearTimeout(timer);
      for (const each of undo) each();
    };
    // What is listened to is the same in each place that listens.
  }, [chat, room]);
}
