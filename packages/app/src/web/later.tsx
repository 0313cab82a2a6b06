import { type ComponentType, lazy, useEffect } from "react";
import { Dialog } from "./dialog.tsx";

/** By then the room is there, and what comes now is in nobody's way. */
const SOON_MS = 2_000;

const load = () => import("./rare.ts");
type Rare = Awaited<ReturnType<typeof load>>;

export const Details = later(({ Details }) => Details);
export const EphemeralDialog = later(({ EphemeralDialog }) => EphemeralDialog);
export const NewRoomDialog = later(({ NewRoomDialog }) => NewRoomDialog);
export const PeopleDialog = later(({ PeopleDialog }) => PeopleDialog);
export const PublicRoomsDialog = later(({ PublicRoomsDialog }) => PublicRoomsDialog);
export const ShareDialog = later(({ ShareDialog }) => ShareDialog);
export const Shortcuts = later(({ Shortcuts }) => Shortcuts);
export const YouDialog = later(({ YouDialog }) => YouDialog);

/** Has all of these at hand before somebody wants one. */
export function useRareSoon(): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => {}), SOON_MS);
    return () => clearTimeout(timer);
  }, []);
}

function later<Props extends { onClose: () => void }>(pick: (rare: Rare) => ComponentType<Props>) {
  return lazy(() =>
    load().then(
      (rare) => ({ default: pick(rare) }),
      (): { default: ComponentType<Props> } => ({ default: NotHere }),
    ),
  );
}

/** The network was away, or the server has another version of the page since. */
function NotHere({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="This did not load" onClose={onClose}>
      <p>Reload the page to try again. What waits to be sent stays kept.</p>
      <button type="button" className="primary" onClick={() => location.reload()}>
        Reload
      </button>
    </Dialog>
  );
}
