import { useHouse } from "../house.ts";
import { useAnswer } from "../use-answer.ts";
import { useHeard } from "../use-heard.ts";

/** Who is in the room and as what, asked again whenever that changes. */
export function useMembers(room: string) {
  const { chat } = useHouse();
  const answer = useAnswer(room, () => chat.call("GET /v1/rooms/:room/members", { room }));
  useHeard(
    room,
    ["member.joined", "member.left", "member.removed", "member.changed"],
    answer.again,
  );
  return answer;
}
