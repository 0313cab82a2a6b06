import type { Level } from "@snug/protocol";
import { useState } from "react";
import { Choice, type Option } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

const levels: readonly Option<Level>[] = [
  { value: "all", label: "Everything" },
  { value: "mentions", label: "Mentions" },
  { value: "none", label: "Nothing" },
];

/** What of the room calls for oneself, on all of one's devices. */
export function LevelChoice({ room, level }: { room: string; level: Level }) {
  const { chat } = useHouse();
  const { problem, run } = useDeed();
  // What was chosen shows at once; what the server says stands in the end.
  const [chosen, setChosen] = useState<Level | null>(null);
  if (chosen === level) setChosen(null);

  async function choose(next: Level) {
    setChosen(next);
    const done = await run(() => chat.room(room).setLevel(next));
    if (done?.ok !== true) setChosen(null);
  }

  return (
    <div className="form">
      <Choice
        label="What here calls for you"
        options={levels}
        value={chosen ?? level}
        onChange={(next) => void choose(next)}
      />
      <Problem detail={problem?.detail} />
    </div>
  );
}
