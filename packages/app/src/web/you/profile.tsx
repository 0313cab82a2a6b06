import { limits } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { Field, Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { Avatar } from "../person/avatar.tsx";
import { useDeed } from "../use-deed.ts";

const signs = ["🪴", "🦊", "🐢", "🌊", "🎸", "📚"];

export function Profile({ onDone }: { onDone: () => void }) {
  const { chat, user } = useHouse();
  const [name, setName] = useState(user.name);
  const [avatar, setAvatar] = useState(user.avatar ?? "");
  const { busy, problem, run, object } = useDeed();

  async function save(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return object("A name is needed.", "name");
    const done = await run(() => chat.call("PATCH /v1/me", { body: { name, avatar } }));
    if (done?.ok === true) onDone();
  }

  return (
    <form className="form" noValidate onSubmit={(event) => void save(event)}>
      <div className="profile-face">
        <Avatar id={user.id} name={name} avatar={avatar} />
      </div>
      <Field
        label="Your name"
        value={name}
        maxLength={limits.nameLength}
        autoComplete="nickname"
        spellCheck={false}
        wrong={problem?.field === "name"}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="Picture"
        optional
        value={avatar}
        maxLength={limits.avatarLength}
        autoComplete="off"
        spellCheck={false}
        note="Up to three letters, or a sign."
        wrong={problem?.field === "avatar"}
        onChange={(event) => setAvatar(event.target.value)}
      />
      <div className="signs" role="group" aria-label="A few signs">
        {signs.map((sign) => (
          <button
            key={sign}
            type="button"
            className="bare"
            aria-pressed={sign === avatar}
            onClick={() => setAvatar(sign)}
          >
            {sign}
          </button>
        ))}
      </div>
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? "Saving …" : "Save"}
        </button>
      </div>
    </form>
  );
}
