import type { Chat } from "@snug/client";
import { type FormEvent, useState } from "react";
import { focusNew } from "../focus-first.ts";
import { Field, Problem } from "../form/field.tsx";
import { useDeed } from "../use-deed.ts";

export function SignInForm({
  chat,
  onArriving,
}: {
  chat: Chat;
  onArriving: (arriving: boolean) => void;
}) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, run, object } = useDeed();

  async function signIn(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (username.trim() === "" || password === "")
      return object("Type your username and your password.");
    onArriving(true);
    await run(() => chat.signIn({ username: username.trim(), password }));
    onArriving(false);
  }

  return (
    <form className="entrance-form" noValidate onSubmit={(event) => void signIn(event)}>
      <Field
        label="Username"
        name="username"
        value={username}
        ref={focusNew}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        wrong={problem !== null}
        onChange={(event) => setUsername(event.target.value)}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        value={password}
        autoComplete="current-password"
        wrong={problem !== null}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      <button type="submit" className="primary" aria-disabled={busy}>
        {busy ? "Signing in …" : "Sign in"}
      </button>
    </form>
  );
}
