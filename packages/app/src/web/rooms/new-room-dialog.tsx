import type { RoomWish } from "@snug/client";
import { type FormEvent, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Choice, type Option } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { RoomName, RoomTopic } from "../form/room-fields.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

type Kind = Extract<RoomWish["kind"], "public" | "private">;

const kinds: readonly Option<Kind>[] = [
  { value: "public", label: "Public", note: "All here may read it and join." },
  { value: "private", label: "Private", note: "Only for those who are invited or added." },
];

export function NewRoomDialog({ onClose }: { onClose: () => void }) {
  const { chat, go, show } = useHouse();
  const [kind, setKind] = useState<Kind>("public");
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const { busy, problem, run, object } = useDeed();

  async function create(event: FormEvent) {
    event.preventDefault();
    if (name.trim() === "") return object("Give the room a name.", "name");
    const wish = { kind, name, ...(topic.trim() !== "" && { topic }) };
    const made = await run(() => chat.call("POST /v1/rooms", { body: wish }));
    if (made?.ok === true) go(made.value.room.id);
  }

  return (
    <Dialog title="New room" onClose={onClose}>
      <form className="form" noValidate onSubmit={(event) => void create(event)}>
        <RoomName value={name} problem={problem} onChange={setName} />
        <RoomTopic value={topic} problem={problem} onChange={setTopic} />
        <Choice label="Who may come in" options={kinds} value={kind} onChange={setKind} />
        <Problem detail={problem?.detail} />
        <div className="dialog-actions">
          <button type="button" className="plain" onClick={() => show("new ephemeral room")}>
            One that ends by itself …
          </button>
          <button type="submit" className="primary" aria-disabled={busy}>
            {busy ? "Making it …" : "Make the room"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
