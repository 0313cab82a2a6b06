import type { Room } from "@snug/protocol";
import { useEffect, useRef } from "react";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { useDeed } from "../use-deed.ts";

/** Who reads a public room without being in it may join. Who comes by an ephemeral room's link is let in by it. */
export function JoinBar({ room }: { room: Room }) {
  const { chat, arrival } = useHouse();
  const { busy, problem, run } = useDeed();
  const join = () =>
    run(() => chat.call("PUT /v1/rooms/:room/members/me", { room: room.id, body: {} }));
  const tried = useRef(false);
  useEffect(() => {
    if (room.kind !== "ephemeral" || room.id !== arrival || tried.current) return;
    tried.current = true;
    void join();
  });
  return (
    <div className="bar" tabIndex={-1}>
      <div>
        {problem === null && <p>You are looking in.</p>}
        <Problem detail={problem?.detail} />
      </div>
      <button type="button" className="primary" aria-disabled={busy} onClick={() => void join()}>
        {busy ? "Joining …" : "Join to write"}
      </button>
    </div>
  );
}
