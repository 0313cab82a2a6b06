import type { Choice } from "./completion.ts";
import { Avatar } from "../person/avatar.tsx";

/** The list above what is being written. The field keeps the focus. */
export function Choices({
  id,
  choices,
  at,
  optionId,
  onPick,
}: {
  id: string;
  choices: readonly Choice[];
  at: number;
  optionId: (index: number) => string;
  onPick: (choice: Choice) => void;
}) {
  if (choices.length === 0) return null;
  return (
    <div id={id} className="choices" role="listbox" aria-label="Suggestions">
      {choices.map((choice, index) => (
        <div
          key={choice.key}
          id={optionId(index)}
          role="option"
          aria-selected={index === at}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(choice)}
        >
          {choice.person && (
            <Avatar id={choice.person.id} name={choice.label} avatar={choice.person.avatar} />
          )}
          <bdi>{choice.label}</bdi>
          <span className="soft">{choice.note}</span>
        </div>
      ))}
    </div>
  );
}
