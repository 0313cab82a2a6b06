import { GENERAL } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { forgetDrafts } from "../composer/drafts.ts";
import { Field, Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { forget } from "../storage.ts";
import { goTo } from "../use-address.ts";
import { useDeed } from "../use-deed.ts";

/** What has to be typed, so that it never happens by a slip. */
const WORD = "delete";

export function EraseMe() {
  const { chat, user } = useHouse();
  const [typed, setTyped] = useState("");
  const { busy, problem, run, object } = useDeed();

  async function erase(event: FormEvent) {
    event.preventDefault();
    if (typed.trim().toLowerCase() !== WORD) return object(`Type ${WORD} to go on.`);
    const erased = await run(() => chat.call("DELETE /v1/me", {}));
    if (erased?.ok !== true) return;
    forget("snug.name");
    forgetDrafts(user.id);
    goTo(GENERAL, { replace: true });
    // The connection may have ended first, and somebody may be writing a name at the door by now.
    if (chat.connection.get().status !== "refused") chat.reconnect();
  }

  return (
    <form className="form" noValidate onSubmit={(event) => void erase(event)}>
      <p>
        Your name goes from everywhere, {user.guest ? "" : "your username is free again, "}and all
        your devices are signed out. What you said stays where it was said, by nobody. This cannot
        be undone.
      </p>
      <Field
        label={`Type ${WORD} to go on`}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="submit" className="danger" aria-disabled={busy}>
          {busy ? "Deleting …" : "Delete for good"}
        </button>
      </div>
    </form>
  );
}
