import { type FormEvent, useState } from "react";
import { AccountFields, lacksOf } from "../form/account-fields.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

/** A guest becomes an account, and stays who they are. */
export function KeepName({ onDone }: { onDone: () => void }) {
  const { chat, user, settle, say } = useHouse();
  const [account, setAccount] = useState({ username: "", password: "" });
  const { busy, problem, run, object } = useDeed();

  async function keep(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const lacks = lacksOf(account);
    if (lacks) return object(lacks.detail, lacks.field);
    settle(true);
    const { username, password } = account;
    const made = await run(() =>
      chat.signUp({ username: username.trim(), password, name: user.name }),
    );
    settle(false);
    if (made?.ok !== true) return;
    say("You have an account now, with all your rooms.");
    onDone();
  }

  return (
    <form className="form" noValidate onSubmit={(event) => void keep(event)}>
      <p>
        You stay <bdi>{user.name}</bdi>, with your rooms and all you said, and can sign in on other
        devices too.
      </p>
      <AccountFields account={account} wrong={problem?.field} onChange={setAccount} />
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? "Making it …" : "Make the account"}
        </button>
      </div>
    </form>
  );
}
