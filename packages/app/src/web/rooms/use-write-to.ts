import { useHouse } from "../house.ts";
import type { Deed } from "../use-deed.ts";

/** Goes to the direct room with these people, which is the same each time. */
export function useWriteTo(run: Deed["run"]): (people: readonly string[]) => Promise<void> {
  const { chat, go } = useHouse();
  return async (people) => {
    const body = { kind: "direct", with: people } as const;
    const made = await run(() => chat.call("POST /v1/rooms", { body }));
    if (made?.ok === true) go(made.value.room.id);
  };
}
