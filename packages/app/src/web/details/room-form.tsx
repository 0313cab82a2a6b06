import { limits, type Room } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { Field, Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

/** The room's name, topic and places, for its owners. */
export function RoomForm({ room, onDone }: { room: Room; onDone: () => void }) {
  const { chat } = useHouse();
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic);
  const [places, setPlaces] = useState(room.capacity === null ? "" : String(room.capacity));
  const { busy, problem, run, object } = useDeed();

  async function change(event: FormEvent) {
    event.preventDefault();
    const capacity = places.trim() === "" ? null : Number(places);
    if (capacity !== null && !(Number.isInteger(capacity) && capacity >= 1))
      return object("Places are a whole number; leave it empty for as many as come.", "capacity");
    const body = {
      topic,
      ...(name.trim() !== "" && { name }),
      ...(capacity !== room.capacity && { capacity }),
    };
    const done = await run(() => chat.call("PATCH /v1/rooms/:room", { room: room.id, body }));
    if (done?.ok === true) onDone();
  }

  return (
    <form className="form" noValidate onSubmit={(event) => void change(event)}>
      <Field
        label="Name"
        value={name}
        maxLength={limits.nameLength}
        autoComplete="off"
        wrong={problem?.field === "name"}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="Topic"
        optional
        value={topic}
        maxLength={limits.topicLength}
        autoComplete="off"
        wrong={problem?.field === "topic"}
        onChange={(event) => setTopic(event.target.value)}
      />
      <Field
        label="Places"
        optional
        value={places}
        inputMode="numeric"
        autoComplete="off"
        note="Empty: as many as come."
        wrong={problem?.field === "capacity"}
        onChange={(event) => setPlaces(event.target.value)}
      />
      <Problem detail={problem?.detail} />
      <div className="dialog-actions">
        <button type="submit" className="primary" aria-disabled={busy}>
          {busy ? "Saving …" : "Save"}
        </button>
      </div>
    </form>
  );
}
