import { GENERAL, type Room } from "@snug/protocol";
import { AskOnce } from "../form/ask-once.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { goTo } from "../use-address.ts";
import { useDeed } from "../use-deed.ts";
import type { Rights } from "./rights.ts";

/** Leave, archive, destroy: each asks once. */
export function Endings({ room, rights }: { room: Room; rights: Rights }) {
  const { chat, titleOf, show, say } = useHouse();
  const { busy, problem, run } = useDeed();
  const name = titleOf(room);
  const isPassing = room.kind === "ephemeral";

  async function leave() {
    const left = await run(() => chat.call("DELETE /v1/rooms/:room/members/me", { room: room.id }));
    if (left?.ok !== true) return;
    show(null);
    goTo(GENERAL, { replace: true });
  }
  async function destroy() {
    const gone = await run(() => chat.call("DELETE /v1/rooms/:room", { room: room.id }));
    if (gone?.ok === true) show(null);
  }
  async function clear() {
    const done = await run(() => chat.call("DELETE /v1/rooms/:room/messages", { room: room.id }));
    if (done?.ok !== true) return false;
    say(`All that was said in ${name} is erased.`);
    return true;
  }
  const archive = (archived: boolean) =>
    run(() => chat.call("PATCH /v1/rooms/:room", { room: room.id, body: { archived } }));

  if (!rights.leaves && !rights.destroys && !rights.clears) return null;
  return (
    <section className="endings" aria-label="Leave or end the room">
      {rights.leaves && (
        <AskOnce
          className="plain"
          label="Leave the room"
          question={
            room.kind === "public"
              ? `You can join ${name} again whenever you like.`
              : `To come back into ${name} you need an invite, or somebody who adds you.`
          }
          yes="Leave"
          busy={busy}
          onYes={() => void leave()}
        />
      )}
      {rights.changes && !isPassing && room.id !== GENERAL && !room.archived && (
        <AskOnce
          className="plain"
          label="Archive the room"
          question={`Nobody writes in ${name} any more; all of it can still be read, and you can bring it back.`}
          yes="Archive"
          busy={busy}
          onYes={() => void archive(true)}
        />
      )}
      {rights.changes && room.archived && (
        <button
          type="button"
          className="quiet"
          aria-disabled={busy}
          onClick={() => void archive(false)}
        >
          Bring it back from the archive
        </button>
      )}
      {rights.clears && (
        <AskOnce
          label="Clear the history"
          question={`Everything said in ${name} so far is erased, for everybody and for good. The room stays.`}
          yes="Clear it for good"
          busy={busy}
          onYes={clear}
        />
      )}
      {rights.destroys && (
        <AskOnce
          label={isPassing ? "Destroy now" : "Destroy the room"}
          question={`${name} and everything said in it are erased, for everybody and for good.`}
          yes={isPassing ? "Destroy it now" : "Destroy for good"}
          busy={busy}
          onYes={() => void destroy()}
        />
      )}
      <Problem detail={problem?.detail} />
    </section>
  );
}
