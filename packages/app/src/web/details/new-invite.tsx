import type { Can } from "@snug/protocol";
import { type FormEvent, useState } from "react";
import { Choice, type Option } from "../form/choice.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

const cans: readonly Option<Can>[] = [
  { value: "post", label: "Read and write" },
  { value: "read", label: "Only read" },
];
const uses: readonly Option<number>[] = [
  { value: 0, label: "Anybody" },
  { value: 1, label: "One person" },
  { value: 10, label: "Ten" },
];
const lengths: readonly Option<number>[] = [
  { value: 3_600, label: "1 hour" },
  { value: 604_800, label: "1 week" },
  { value: 0, label: "No end" },
];

export function NewInvite({
  room,
  onMade,
}: {
  room: string;
  onMade: (invite: { id: string; url: string }) => void;
}) {
  const { chat } = useHouse();
  const [can, setCan] = useState<Can>("post");
  const [many, setMany] = useState(0);
  const [ttl, setTtl] = useState(604_800);
  const { busy, problem, run } = useDeed();

  async function make(event: FormEvent) {
    event.preventDefault();
    const body = { can, ...(many > 0 && { uses: many }), ...(ttl > 0 && { ttl }) };
    const made = await run(() => chat.call("POST /v1/rooms/:room/invites", { room, body }));
    if (made?.ok === true) onMade(made.value);
  }

  return (
    <form className="form" onSubmit={(event) => void make(event)}>
      <Choice label="Who comes by it may" options={cans} value={can} onChange={setCan} />
      <Choice label="It is for" options={uses} value={many} onChange={setMany} />
      <Choice label="It can be used for" options={lengths} value={ttl} onChange={setTtl} />
      <Problem detail={problem?.detail} />
      <button type="submit" className="primary" aria-disabled={busy}>
        {busy ? "Making it …" : "Make an invite"}
      </button>
    </form>
  );
}
