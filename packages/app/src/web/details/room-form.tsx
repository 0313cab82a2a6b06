import type { Room } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { Problem } from "../form/field.tsx";
import { capacityOf, noCapacity, RoomName, RoomPlaces, RoomTopic } from "../form/room-fields.tsx";
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
    const capacity = capacityOf(places);
    if (capacity === undefined) return object(noCapacity, "capacity");
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
      <RoomName value={name} problem={problem} onChange={setName} />
      <RoomTopic value={topic} problem={problem} onChange={setTopic} />
      <RoomPlaces
        value={places}
        problem={problem}
        note="Empty: as many as come."
        onChange={setPlaces}
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
