import type { RoomWish } from "@snug/client";
import { limits, type Room } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { noteServerTime } from "../clock/server-clock.ts";
import { lengthOf } from "../clock/time-left.ts";
import { Dialog } from "../dialog.tsx";
import { Choice } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { capacityOf, noCapacity, RoomName, RoomPlaces } from "../form/room-fields.tsx";
import { useHouse } from "../house.ts";
import { ShareDialog } from "../share/share-dialog.tsx";
import { goTo } from "../use-address.ts";
import { useDeed } from "../use-deed.ts";

const lengths = [600, 3_600, 86_400].map((value) => ({ value, label: lengthOf(value) }));

/** A room that ends by itself: made at once, and handed on at once. */
export function EphemeralDialog({ onClose }: { onClose: () => void }) {
  const { chat } = useHouse();
  const [name, setName] = useState("");
  const [ttl, setTtl] = useState(limits.ttlDefault as number);
  const [places, setPlaces] = useState("");
  const [made, setMade] = useState<Room | null>(null);
  const { busy, problem, run, object } = useDeed();

  async function create(event: FormEvent) {
    event.preventDefault();
    const capacity = capacityOf(places);
    if (capacity === undefined) return object(noCapacity, "capacity");
    const wish: RoomWish = {
      kind: "ephemeral",
      ttl,
      ...(name.trim() !== "" && { name }),
      ...(capacity !== null && { capacity }),
    };
    const outcome = await run(() => chat.call("POST /v1/rooms", { body: wish }));
    if (outcome?.ok !== true) return;
    noteServerTime(outcome.value.room.createdAt);
    setMade(outcome.value.room);
    // The room opens below, and how to bring others in stays over it.
    goTo(outcome.value.room.id);
  }

  if (made !== null) return <ShareDialog room={made} onClose={onClose} />;
  return (
    <Dialog title="New ephemeral room" onClose={onClose}>
      <p className="soft">
        It ends by itself, and everything said in it is erased. Whoever has its link comes in.
      </p>
      <form className="form" noValidate onSubmit={(event) => void create(event)}>
        <Choice label="It lives for" options={lengths} value={ttl} onChange={setTtl} />
        <div className="side-by-side">
          <RoomName optional value={name} problem={problem} onChange={setName} />
          <RoomPlaces value={places} problem={problem} onChange={setPlaces} />
        </div>
        <Problem detail={problem?.detail} />
        <div className="dialog-actions">
          <button type="submit" className="primary" aria-disabled={busy}>
            {busy ? "Making it …" : "Make the room"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
