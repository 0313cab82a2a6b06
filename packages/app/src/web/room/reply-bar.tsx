import { QuotedLine } from "../deeds/quote.tsx";
import { useHouse } from "../house.ts";
import { CloseIcon, ReplyIcon } from "../icons.tsx";

/** Whom the next message answers. */
export function ReplyBar({ seq, onCancel }: { seq: number; onCancel: () => void }) {
  const { roomId } = useHouse();
  return (
    <div className="reply-bar">
      <ReplyIcon />
      <span className="hidden">Answering </span>
      <QuotedLine room={roomId} seq={seq} />
      <button type="button" className="bare" aria-label="Do not answer it" onClick={onCancel}>
        <CloseIcon />
      </button>
    </div>
  );
}
