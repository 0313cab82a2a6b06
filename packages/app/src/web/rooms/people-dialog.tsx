import { Dialog } from "../dialog.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PeopleFinder } from "../person/people-finder.tsx";
import { useDeed } from "../use-deed.ts";

/** Finds somebody, and opens the direct room with them. */
export function PeopleDialog({ onClose }: { onClose: () => void }) {
  const { chat, user, go } = useHouse();
  const { busy, problem, run } = useDeed();

  async function write(id: string) {
    const body = { kind: "direct", with: [id] } as const;
    const made = await run(() => chat.call("POST /v1/rooms", { body }));
    if (made?.ok === true) go(made.value.room.id);
  }

  return (
    <Dialog title="Write to somebody" onClose={onClose}>
      <Problem detail={problem?.detail} />
      <PeopleFinder without={new Set([user.id])}>
        {(person) => (
          <button
            type="button"
            className="quiet"
            aria-label={`Write to ${person.name}`}
            aria-disabled={busy}
            onClick={() => void write(person.id)}
          >
            Write
          </button>
        )}
      </PeopleFinder>
    </Dialog>
  );
}
