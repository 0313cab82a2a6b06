import type { SentMessage } from "@snug/client";
import { faultOfText } from "@snug/protocol";
import { useId, useLayoutEffect, useRef, useState } from "react";
import { Choices } from "../composer/choices.tsx";
import { isComposing, sends } from "../composer/enter.ts";
import { useCompletion } from "../composer/use-completion.ts";
import { toSent } from "../composer/written.ts";
import { withEmoji } from "../emoji/use-emoji.ts";
import { hasFinePointer } from "../pointer.ts";
import { useUnloadWarning } from "../use-unload-warning.ts";
import { useDeeds } from "./deeds-context.ts";
import { type Edit, isChanged } from "./edit.ts";

/** In the place of a text that is being said otherwise, with names for people as in the composer. */
export function EditBox({ message, edit }: { message: SentMessage; edit: Edit }) {
  const { save, cancelEdit } = useDeeds();
  const [written, setWritten] = useState(edit.written);
  const { text } = written;
  const [kept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const error = useId();
  useUnloadWarning(!kept && isChanged(edit));
  useLayoutEffect(() => {
    const { current } = field;
    if (edit.hasBegun) return;
    edit.hasBegun = true;
    current?.focus({ preventScroll: true });
    current?.setSelectionRange(current.value.length, current.value.length);
  }, [edit]);

  function write(next: string, picked = written.picked) {
    edit.written = { text: next, picked };
    setWritten(edit.written);
    setKept(edit.keep());
    setProblem(null);
  }

  const completion = useCompletion({ field, written, write });
  const leaving = useRef(false);

  function submit() {
    if (leaving.current) return;
    leaving.current = true;
    withEmoji(text, (replaceShortcodes) => {
      // Cancelled meanwhile.
      if (!leaving.current) return;
      leaving.current = false;
      // With what was written on meanwhile.
      const sent = toSent(edit.written, replaceShortcodes);
      const before = toSent(edit.before, replaceShortcodes);
      // What a picture says it says without a text too.
      const fault = sent === "" && message.files.length > 0 ? null : faultOfText(sent);
      if (fault) setProblem(`The message ${fault.says}.`);
      else if (sent === before || sent === message.text) cancelEdit(message);
      else save(message, sent);
    });
  }

  function cancel() {
    leaving.current = false;
    cancelEdit(message);
  }

  return (
    <form
      className="edit-box"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Choices {...completion.list} />
      <textarea
        {...completion.props}
        ref={field}
        value={text}
        rows={1}
        dir="auto"
        aria-label="Edit the message"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : error}
        autoComplete="off"
        onChange={(event) => write(event.target.value)}
        onKeyDown={(event) => {
          // Its keys are its own: the list walks and jumps by the same ones.
          event.stopPropagation();
          if (completion.onKeyDown(event)) return;
          if (event.key === "Escape" && !isComposing(event.nativeEvent)) {
            event.preventDefault();
            cancel();
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
        <button type="button" className="quiet" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
