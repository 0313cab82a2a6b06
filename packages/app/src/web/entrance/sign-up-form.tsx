import type { Chat } from "@snug/client";
import { type FormEvent, useState } from "react";
import type { Address } from "../address.ts";
import { AccountFields, lacksOf } from "../form/account-fields.tsx";
import { Field, Problem } from "../form/field.tsx";
import { goTo } from "../use-address.ts";
import { useDeed } from "../use-deed.ts";

export function SignUpForm({
  chat,
  address,
  onArriving,
}: {
  chat: Chat;
  address: Address;
  onArriving: (arriving: boolean) => void;
}) {
  const [account, setAccount] = useState({ username: "", password: "" });
  const [name, setName] = useState("");
  const { busy, problem, run, object } = useDeed();

  async function signUp(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const lacks = lacksOf(account);
    if (lacks) return object(lacks.detail, lacks.field);
    const { invite, claim } = address;
    onArriving(true);
    const outcome = await run(() =>
      chat.signUp({
        username: account.username.trim(),
        password: account.password,
        ...(name.trim() !== "" && { name }),
        ...(invite !== null && { invite }),
        ...(claim !== null && { claim }),
      }),
    );
    // Neither a used invite nor the claim stays in the address.
    if (outcome?.ok === true) goTo(address.room, { replace: true });
    onArriving(false);
  }

  return (
    <form className="entrance-form" noValidate onSubmit={(event) => void signUp(event)}>
      <AccountFields account={account} wrong={problem?.field} onChange={setAccount} />
      <Field
        label="Name for the others"
        optional
        name="nickname"
        value={name}
        autoComplete="nickname"
        autoCapitalize="words"
        spellCheck={false}
        wrong={problem?.field === "name"}
        onChange={(event) => setName(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      <button type="submit" className="primary" aria-disabled={busy}>
        {busy ? "Making it …" : "Make the account"}
      </button>
    </form>
  );
}
