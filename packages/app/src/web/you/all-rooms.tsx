import { GENERAL } from "@snug/protocol";
import { AskOnce } from "../form/ask-once.tsx";
import { Problem } from "../form/field.tsx";
import { useHouse } from "../house.ts";
import { countOf } from "../rooms/count.ts";
import { useAnswer } from "../use-answer.ts";
import { useDeed } from "../use-deed.ts";
import { Waiting } from "../waiting.tsx";

/** Every room's name and size, for administrators; what is said in them is not shown. */
export function AllRooms() {
  const { chat, titleOf } = useHouse();
  const list = useAnswer("rooms", () => chat.call("GET /v1/admin/rooms", {}));
  const { busy, problem, run } = useDeed();

  async function destroy(room: string) {
    const done = await run(() => chat.call("DELETE /v1/rooms/:room", { room }));
    if (done?.ok === true) list.again();
  }

  if (list.value === null) return <Waiting problem={list.problem?.detail} onAgain={list.again} />;
  return (
    <>
      <Problem detail={problem?.detail} />
      <ul className="list">
        {list.value.rooms.map((room) => (
          <li key={room.id} className="listed-row">
            <span className="listed-text">
              <bdi className="listed-name">{titleOf(room)}</bdi>
              <small className="soft">
                {room.kind}, {countOf(room.memberCount, "member")}, {countOf(room.seq, "event")}
              </small>
            </span>
            {room.id !== GENERAL && (
              <AskOnce
                label="Destroy"
                question={`${titleOf(room)} and everything said in it are erased, for everybody and for good.`}
                yes="Destroy for good"
                busy={busy}
                onYes={() => void destroy(room.id)}
              />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
