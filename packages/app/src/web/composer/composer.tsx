import type { ChatRoom } from "@snug/client";
import { type RefObject, useId, useLayoutEffect, useState } from "react";
import { SendIcon } from "../icons.tsx";
import { hasFinePointer } from "../pointer.ts";
import { useUnloadWarning } from "../use-unload-warning.ts";
import { type DraftStorage, keepDraft, openDraft } from "./draft.ts";
import { sends } from "./enter.ts";

export function Composer({
  userId,
  roomId,
  roomName,
  drafts,
  post,
  field,
}: {
  userId: string;
  roomId: string;
  roomName: string;
  drafts: DraftStorage;
  post: ChatRoom["post"];
  field: RefObject<HTMLTextAreaElement | null>;
}) {
  const [text, setText] = useState(() => openDraft(drafts, userId, roomId));
  const [kept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const error = useId();
  useUnloadWarning(!kept && text !== "");
  // One goes on writing where the draft ends; a field that is new begins at its start.
  useLayoutEffect(() => {
    const { current } = field;
    current?.setSelectionRange(current.value.length, current.value.length);
  }, [field]);

  function write(next: string) {
    setText(next);
    setProblem(null);
    setKept(keepDraft(drafts, userId, roomId, next));
  }

  function send() {
    if (text === "") return;
    const posting = post(text);
    if (posting.ok) write("");
    else setProblem(posting.error.detail);
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {problem !== null && (
        <p id={error} className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="composer-box">
        <textarea
          ref={field}
          value={text}
          rows={1}
          dir="auto"
          aria-label="Message"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : error}
          placeholder={`Message ${roomName}`}
          autoComplete="off"
          autoFocus={hasFinePointer()}
          enterKeyHint={hasFinePointer() ? "send" : "enter"}
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => {
            if (!sends(event.nativeEvent, !hasFinePointer())) return;
            event.preventDefault();
            if (!event.repeat) send();
          }}
        />
        <button
          type="submit"
          className="send"
          aria-label="Send"
          aria-disabled={text === ""}
          // Else the field loses focus to the button, and a phone's keyboard folds away.
          onPointerDown={(event) => event.preventDefault()}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
