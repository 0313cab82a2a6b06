import { limits } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { Field, Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

export function Password({ onDone }: { onDone: () => void }) {
  const { chat, user, say } = useHouse();
  const [currentPassword, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, run, object } = useDeed();

  async function change(event: FormEvent) {
    event.preventDefault();
    if (password.length < limits.passwordLeast) {
      return object(
        `Choose a password of at least ${limits.passwordLeast} characters.`,
        "password",
      );
    }
    const body = { password, currentPassword };
    const done = await run(() => chat.call("PATCH /v1/me", { body }));
    if (done?.ok !== true) return;
    say("The password is changed, and all other devices are signed out.");
    onDone();
  }

  return (
    <form className="form" noValidate onSubmit={(event) => void change(event)}>
      {/* For password managers, which keep the two together. */}
      <input
        type="text"
        className="hidden"
        name="username"
        autoComplete="username"
        value={user.username ?? ""}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label="Present password"
        type="password"
        value={currentPassword}
        autoComplete="current-password"
        wrong={problem?.field === "currentPassword"}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <Field
        label="New password"
        type="password"
        value={password}
        autoComplete="new-password"
        note="All your other devices are signed out by it."
        wrong={problem?.field === "password"}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? "Changing …" : "Change the password"}
        </button>
      </div>
    </form>
  );
}
