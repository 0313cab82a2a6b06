import type { Chat, ClientProblem } from "@snug/client";
import { type FormEvent, useId, useState } from "react";
import { hasFinePointer } from "./pointer.ts";
import { recall, remember } from "./storage.ts";
import { Mark } from "./mark.tsx";

const NAME = "snug.name";

/** The first page: a name, and in. */
export function Entrance({
  chat,
  onArriving,
}: {
  chat: Chat;
  onArriving: (arriving: boolean) => void;
}) {
  const [name, setName] = useState(() => recall(NAME) ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Pick<ClientProblem, "detail"> | null>(null);
  const field = useId();
  const error = useId();

  async function enter(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (name.trim() === "") {
      setProblem({ detail: "Type a name first." });
      return;
    }
    setBusy(true);
    setProblem(null);
    onArriving(true);
    const outcome = await chat.becomeGuest(name);
    setBusy(false);
    if (outcome.ok) remember(NAME, outcome.value.user.name);
    else setProblem(outcome.error);
    onArriving(false);
  }

  return (
    <main className="entrance">
      <form className="entrance-card" noValidate onSubmit={(event) => void enter(event)}>
        <Mark className="entrance-mark" />
        <h1>Come on in</h1>
        <p className="soft">Snug is a small room for talking. What shall the others call you?</p>
        <label htmlFor={field}>Your name</label>
        <input
          id={field}
          name="name"
          type="text"
          value={name}
          autoFocus={hasFinePointer()}
          autoComplete="nickname"
          autoCapitalize="words"
          spellCheck={false}
          enterKeyHint="go"
          dir="auto"
          aria-invalid={problem !== null}
          aria-describedby={error}
          onChange={(event) => setName(event.target.value)}
        />
        <p id={error} className="problem" role="alert">
          {problem?.detail}
        </p>
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? "Coming in …" : "Come in"}
        </button>
      </form>
    </main>
  );
}
