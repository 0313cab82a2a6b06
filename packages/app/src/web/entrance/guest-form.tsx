import type { Chat } from "@snug/client";
import { GENERAL } from "@snug/protocol";
import { type FormEvent, useId, useState } from "react";
import type { Address } from "../address.ts";
import { focusNew } from "../focus-first.ts";
import { Problem } from "../form/field.tsx";
import { recall, remember } from "../storage.ts";
import { goTo } from "../use-address.ts";
import { useDeed } from "../use-deed.ts";
import { madeUpName } from "./made-up-name.ts";

const NAME = "snug.name";

/** A name, and in. */
export function GuestForm({
  chat,
  address,
  onArriving,
}: {
  chat: Chat;
  address: Address;
  onArriving: (arriving: boolean) => void;
}) {
  const inPassing = address.invite !== null || address.room !== GENERAL;
  const [name, setName] = useState(() => recall(NAME) ?? (inPassing ? madeUpName() : ""));
  const { busy, problem, run, object } = useDeed();
  const field = useId();
  const error = useId();

  async function comeIn(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (name.trim() === "") return object("Type a name first.");
    onArriving(true);
    const outcome = await run(() => chat.becomeGuest(name, address.invite ?? undefined));
    if (outcome?.ok === true) {
      remember(NAME, outcome.value.user.name);
      // An invite that was used does not stay in the address.
      goTo(address.room, { replace: true });
    }
    onArriving(false);
  }

  return (
    <form className="entrance-form" noValidate onSubmit={(event) => void comeIn(event)}>
      <label htmlFor={field}>Your name</label>
      <input
        ref={focusNew}
        id={field}
        name="name"
        type="text"
        value={name}
        autoComplete="nickname"
        autoCapitalize="words"
        spellCheck={false}
        enterKeyHint="go"
        dir="auto"
        aria-invalid={problem !== null}
        aria-describedby={error}
        onChange={(event) => setName(event.target.value)}
      />
      <div id={error}>
        <Problem detail={problem?.detail} />
      </div>
      {problem !== null && address.invite !== null && (
        <button type="button" className="plain" onClick={() => goTo(GENERAL, { replace: true })}>
          Come in without the invite
        </button>
      )}
      <button type="submit" className="primary" aria-disabled={busy}>
        {busy ? "Coming in …" : "Come in"}
      </button>
    </form>
  );
}
