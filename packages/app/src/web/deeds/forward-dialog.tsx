import type { SentMessage } from "@snug/client";
import { useState } from "react";
import { openDraft, keepDraft } from "../composer/draft.ts";
import { draftsOf } from "../composer/drafts.ts";
import { joined, nothing } from "../composer/written.ts";
import { Field } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { sought } from "../rooms/sought.ts";
import { pathOf } from "../address.ts";
import { useDeeds } from "./deeds-context.ts";
import { forwarded } from "./forwarded.ts";

/** Begins a message in another room that quotes this one; it is sent there, once one has read it over. */
export function ForwardDialog({ message }: { message: SentMessage }) {
  const { user, inbox, roomId, titleOf, go } = useHouse();
  const { nameOf } = useDeeds();
  const [letters, setLetters] = useState("");
  const found = sought(inbox, roomId, letters, titleOf).filter(
    ({ room, role }) => room.id !== roomId && role !== "reader" && !room.archived,
  );

  function forward(id: string) {
    const target = found.find(({ room }) => room.id === id)?.room;
    if (!target) return;
    const here = inbox.rooms.find(({ room }) => room.id === roomId)?.room;
    const name = here === undefined ? roomId : titleOf(here);
    const text = forwarded(message, nameOf, name, location.origin + pathOf(roomId, message.seq));
    const drafts = draftsOf(target.kind);
    const begun = openDraft(drafts, user.id, target.id);
    const both = joined(begun, { ...nothing, text });
    keepDraft(drafts, user.id, target.id, { ...begun, ...both });
    go(target.id);
  }

  return (
    <>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) forward(found[0].room.id);
        }}
      >
        <Field
          label="Room"
          value={letters}
          autoComplete="off"
          spellCheck={false}
          note={
            found[0]
              ? "It is quoted in the room's message box, for you to send."
              : "There is no other room of that name that you may write in."
          }
          onChange={(event) => setLetters(event.target.value)}
        />
      </form>
      <ul className="list">
        {found.map(({ room }) => (
          <li key={room.id}>
            <button type="button" className="listed" onClick={() => forward(room.id)}>
              <span>
                <bdi>{titleOf(room)}</bdi>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
