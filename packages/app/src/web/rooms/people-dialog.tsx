import { limits, type User } from "@snug/protocol";
import { useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { PeopleFinder } from "../person/people-finder.tsx";
import { useDeed } from "../use-deed.ts";
import { useWriteTo } from "./use-write-to.ts";

/** Finds somebody, or a few people, and opens the direct room with them. */
export function PeopleDialog({ onClose }: { onClose: () => void }) {
  const { user } = useHouse();
  const { busy, problem, run } = useDeed();
  const writeTo = useWriteTo(run);
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const isFull = chosen.length >= limits.directMembers - 1;

  const drop = (id: string) => setChosen(chosen.filter((person) => person.id !== id));

  return (
    <Dialog title="Write to somebody" onClose={onClose}>
      <Problem detail={problem?.detail} />
      {chosen.length > 0 && (
        <div className="deeds" role="group" aria-label="Chosen people">
          {chosen.map((person) => (
            <button
              key={person.id}
              type="button"
              className="quiet"
              aria-label={`Leave out ${person.name}`}
              onClick={() => drop(person.id)}
            >
              <bdi>{person.name}</bdi> ×
            </button>
          ))}
          <button
            type="button"
            className="quiet"
            aria-disabled={busy}
            onClick={() => void writeTo(chosen.map(({ id }) => id))}
          >
            {chosen.length === 1 ? "Write" : `Write to these ${chosen.length}`}
          </button>
        </div>
      )}
      <PeopleFinder without={new Set([user.id, ...chosen.map(({ id }) => id)])}>
        {(person) => (
          <div className="deeds">
            <button
              type="button"
              className="quiet"
              aria-label={`Choose ${person.name} too`}
              aria-disabled={isFull}
              onClick={() => isFull || setChosen([...chosen, person])}
            >
              Choose
            </button>
            {chosen.length === 0 && (
              <button
                type="button"
                className="quiet"
                aria-label={`Write to ${person.name}`}
                aria-disabled={busy}
                onClick={() => void writeTo([person.id])}
              >
                Write
              </button>
            )}
          </div>
        )}
      </PeopleFinder>
    </Dialog>
  );
}
