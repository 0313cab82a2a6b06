import type { Room } from "@snug/protocol";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PeopleFinder } from "../person/people-finder.tsx";
import { useDeed } from "../use-deed.ts";
import { useMembers } from "./use-members.ts";

export function AddPeople({ room }: { room: Room }) {
  const { chat, say } = useHouse();
  const { value } = useMembers(room.id);
  const { busy, problem, run } = useDeed();
  const inside = new Set(value?.members.map(({ user }) => user.id as string));

  async function add(user: string, name: string) {
    const added = await run(() =>
      chat.call("PUT /v1/rooms/:room/members/:user", { room: room.id, user, body: {} }),
    );
    if (added?.ok === true) say(`${name} is in the room now.`);
  }

  return (
    <>
      <Problem detail={problem?.detail} />
      <PeopleFinder without={inside}>
        {({ id, name }) => (
          <button
            type="button"
            className="quiet"
            aria-label={`Add ${name}`}
            aria-disabled={busy}
            onClick={() => void add(id, name)}
          >
            Add
          </button>
        )}
      </PeopleFinder>
    </>
  );
}
