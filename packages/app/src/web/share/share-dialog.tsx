import type { Room } from "@snug/protocol";
import { Countdown } from "../clock/countdown.tsx";
import { Dialog } from "../dialog.tsx";
import { useHouse } from "../house.ts";
import { useAnswer } from "../use-answer.ts";
import { Waiting } from "../waiting.tsx";
import { LinkBox } from "./link-box.tsx";
import { linkOf } from "./room-link.ts";

/** How others come into this room. */
export function ShareDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const { chat } = useHouse();
  const link = useAnswer(room.id, () => linkOf(chat, room));
  return (
    <Dialog title="Bring others in" onClose={onClose}>
      {room.kind === "ephemeral" ? (
        <p>
          Whoever has this link comes in, without an account, and can talk. The room ends in{" "}
          {room.expiresAt !== null && <Countdown until={room.expiresAt} />} and takes everything
          with it.
        </p>
      ) : (
        <p>Whoever opens this link here can read the room, and join it to write.</p>
      )}
      {link.value === null ? (
        <Waiting problem={link.problem?.detail} onAgain={link.again} />
      ) : (
        <LinkBox label="Link" text={link.value} code />
      )}
    </Dialog>
  );
}
