import { useSyncExternalStore } from "react";

const query = () => matchMedia("(width >= 80rem)");

/** Whether a panel stands beside the room, where there is the place; else it lies over it. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = query();
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => query().matches,
  );
}
