import type { SentMessage } from "@snug/client";
import { PlusIcon } from "../icons.tsx";
import { useDeeds } from "./deeds-context.ts";

const signs = ["👍", "❤️", "😂", "🎉", "😮"];

/** The reactions that are given most. */
export function QuickSigns({ message, more = false }: { message: SentMessage; more?: boolean }) {
  const { me, react, act } = useDeeds();
  return (
    <div className="signs" role="group" aria-label="React">
      {signs.map((sign) => (
        <button
          key={sign}
          type="button"
          className="bare"
          aria-pressed={message.reactions[sign]?.includes(me) ?? false}
          onClick={() => react(message, sign)}
        >
          {sign}
        </button>
      ))}
      {more && (
        <button
          type="button"
          className="bare"
          aria-label="Another reaction"
          onClick={() => act("react", message)}
        >
          <PlusIcon />
        </button>
      )}
    </div>
  );
}
