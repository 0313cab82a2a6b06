import type { SentMessage } from "@snug/client";
import { faultOfText } from "@snug/protocol";
import { useId, useLayoutEffect, useRef, useState } from "react";
import { isComposing, sends } from "../composer/enter.ts";
import { hasFinePointer } from "../pointer.ts";
import { useDeeds } from "./deeds-context.ts";

/** In the place of a text that is being said otherwise. */
export function EditBox({ message }: { message: SentMessage }) {
  const { save, cancelEdit } = useDeeds();
  const [text, setText] = useState(message.text);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const error = useId();
  useLayoutEffect(() => {
    const { current } = field;
    current?.focus({ preventScroll: true });
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);

  function submit() {
    const fault = faultOfText(text);
    if (fault) setProblem(`The message ${fault.says}.`);
    else if (text === message.text) cancelEdit();
    else save(message, text);
  }

  return (
    <form
      className="edit-box"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        value={text}
        rows={1}
        dir="auto"
        aria-label="Edit the message"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : error}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onKeyDown={(event) => {
          // Its keys are its own: the list walks and jumps by the same ones.
          event.stopPropagation();
          if (event.key === "Escape" && !isComposing(event.nativeEvent)) {
            event.preventDefault();
            cancelEdit();
          } else if (sends(event.nativeEvent, !hasFinePointer())) {
            event.preventDefault();
            submit();
          }
        }}
      />
      {problem !== null && (
        <p id={error} className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="edit-actions">
        <button type="submit" className="primary">
          Save
        </button>
        <button type="button" className="quiet" onClick={cancelEdit}>
          Cancel
        </button>
      </div>
    </form>
  );
}
