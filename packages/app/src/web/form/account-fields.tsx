import { limits } from "@snug/protocol";
import { focusNew } from "../focus-first.ts";
import { Field } from "./field.tsx";

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** What an account is made of. */
export function AccountFields({
  account,
  wrong,
  onChange,
}: {
  account: Account;
  /** The field that the server objected to. */
  wrong: string | undefined;
  onChange: (account: Account) => void;
}) {
  return (
    <>
      <Field
        label="Username"
        name="username"
        value={account.username}
        note="To sign in with. Letters, digits, dots and dashes."
        ref={focusNew}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        wrong={wrong === "username"}
        onChange={(event) => onChange({ ...account, username: event.target.value })}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        value={account.password}
        note={`At least ${limits.passwordLeast} characters.`}
        autoComplete="new-password"
        wrong={wrong === "password"}
        onChange={(event) => onChange({ ...account, password: event.target.value })}
      />
    </>
  );
}

/** What is still missing, or `null`. */
export function lacksOf({ username, password }: Account): { detail: string; field: string } | null {
  if (username.trim() === "") return { detail: "Choose a username.", field: "username" };
  if (password.length < limits.passwordLeast) {
    const detail = `Choose a password of at least ${limits.passwordLeast} characters.`;
    return { detail, field: "password" };
  }
  return null;
}
