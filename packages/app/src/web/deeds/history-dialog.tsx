import type { SentMessage } from "@snug/client";
import { momentOf } from "../clock/when.ts";
import { useHouse } from "../house.ts";
import { MessageText } from "../text/message-text.tsx";
import { useAnswer } from "../use-answer.ts";
import { Waiting } from "../waiting.tsx";

/** The texts that a message had, oldest first, and the one that it has. */
export function HistoryDialog({ message }: { message: SentMessage }) {
  const { chat, roomId } = useHouse();
  const { value, problem, again } = useAnswer(`${roomId} ${message.seq}`, () =>
    chat.call("GET /v1/rooms/:room/messages/:seq/edits", {
      room: roomId,
      seq: String(message.seq),
    }),
  );
  if (value === null) return <Waiting problem={problem?.detail} onAgain={again} />;
  const texts = [...value.edits, { text: message.text, at: message.editedAt ?? message.at }];
  return (
    <ol className="history">
      {texts.map(({ text, at }, index) => (
        <li key={index}>
          <p className="soft small">
            {momentOf(at)}
            {index === texts.length - 1 && " · now"}
          </p>
          <div className="text" dir="auto" data-whole="true">
            <MessageText text={text} />
          </div>
        </li>
      ))}
    </ol>
  );
}
