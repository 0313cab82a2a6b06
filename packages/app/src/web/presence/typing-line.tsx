import { useTyping } from "@snug/client/react";
import { useHouse } from "../house.ts";
import { namesOf } from "./names.ts";

const NAMES = 3;

/** Who is writing. As high with nobody as with many, so that nothing moves. */
export function TypingLine({ roomId }: { roomId: string }) {
  const { chat } = useHouse();
  const people = useTyping(chat, roomId);
  return (
    <p className="typing-line">
      {people.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>
            <bdi>
              {namesOf(
                people.map(({ name }) => name),
                NAMES,
              )}
            </bdi>
            {people.length === 1 ? " is" : " are"} writing
          </span>
        </>
      )}
    </p>
  );
}
