import type { ChatRoom } from "@snug/client";
import { type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import { EmojiPicker } from "../emoji/emoji-picker.tsx";
import { withEmoji } from "../emoji/use-emoji.ts";
import { SendIcon, SmileIcon } from "../icons.tsx";
import { hasFinePointer } from "../pointer.ts";
import { useUnloadWarning } from "../use-unload-warning.ts";
import { Choices } from "./choices.tsx";
import { type DraftStorage, keepDraft, openDraft } from "./draft.ts";
import { sends } from "./enter.ts";
import { useCompletion } from "./use-completion.ts";
import { nothing, toSent } from "./written.ts";

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
  const [draft, setDraft] = useState(() => openDraft(drafts, userId, roomId));
  const [kept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [picking, setPicking] = useState(false);
  const error = useId();
  const { text } = draft;
  useUnloadWarning(!kept && text !== "");
  // One goes on writing where the draft ends; a field that is new begins at its start.
  useLayoutEffect(() => {
    const { current } = field;
    current?.setSelectionRange(current.value.length, current.value.length);
  }, [field]);

  function write(next: string, picked = draft.picked) {
    const written = next === "" ? nothing : { text: next, picked };
    setDraft(written);
    setProblem(null);
    setKept(keepDraft(drafts, userId, roomId, written));
  }

  const completion = useCompletion({ field, written: draft, write });
  const leaving = useRef(false);

  function send() {
    if (text === "" || leaving.current) return;
    leaving.current = true;
    withEmoji(text, (replaceShortcodes) => {
      leaving.current = false;
      const posting = post(toSent(draft, replaceShortcodes));
      if (!posting.ok) return setProblem(posting.error.detail);
      // What was written on meanwhile stays.
      const now = field.current?.value ?? text;
      write(now.startsWith(text) ? now.slice(text.length) : now);
    });
  }

  function endPicking() {
    setPicking(false);
    field.current?.focus();
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
      <Choices {...completion.list} />
      {picking && (
        <div className="composer-picker">
          <EmojiPicker
            onPick={(emoji) => {
              completion.insertAtCaret(emoji);
              endPicking();
            }}
            onClose={endPicking}
          />
        </div>
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
          {...completion.props}
          placeholder={`Message ${roomName}`}
          autoComplete="off"
          autoFocus={hasFinePointer()}
          enterKeyHint={hasFinePointer() ? "send" : "enter"}
          onChange={(event) => write(event.target.value)}
          onKeyDown={(event) => {
            if (completion.onKeyDown(event) || !sends(event.nativeEvent, !hasFinePointer())) return;
            event.preventDefault();
            if (!event.repeat) send();
          }}
        />
        <button
          type="button"
          className="bare round"
          aria-label="Emoji"
          aria-expanded={picking}
          // A press takes the focus from the picker, which closes by that.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => (picking ? endPicking() : setPicking(true))}
        >
          <SmileIcon />
        </button>
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
