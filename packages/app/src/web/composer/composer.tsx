import type { ChatRoom } from "@snug/client";
import { useConnection, useUploads } from "@snug/client/react";
import {
  type Ref,
  type RefObject,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { EmojiPicker } from "../emoji/emoji-picker.tsx";
import { withEmoji } from "../emoji/use-emoji.ts";
import { FileButton } from "../files/file-button.tsx";
import { Tray } from "../files/tray.tsx";
import { stateOfAll } from "../files/upload-state.ts";
import type { Adding } from "../files/use-adding.ts";
import { focusNew } from "../focus-first.ts";
import { useHouse } from "../house.ts";
import { SendIcon, SmileIcon } from "../icons.tsx";
import { hasFinePointer } from "../pointer.ts";
import { ReplyBar } from "../room/reply-bar.tsx";
import { useUnloadWarning } from "../use-unload-warning.ts";
import { Choices } from "./choices.tsx";
import {
  type Draft,
  draftIn,
  type DraftStorage,
  isOfDraft,
  keepDraft,
  noDraft,
  openDraft,
} from "./draft.ts";
import { sends } from "./enter.ts";
import { useCompletion } from "./use-completion.ts";
import { joined, toSent, type Written } from "./written.ts";

export interface ComposerHandle {
  /** The next message answers this one. */
  answer(seq: number): void;
  /** Whether there was something to be answered. */
  stopAnswering(): boolean;
  /** Puts it below what is written. */
  add(written: Written): void;
}

export function Composer({
  ref,
  userId,
  roomId,
  roomName,
  drafts,
  post,
  adding,
  field,
}: {
  ref: Ref<ComposerHandle>;
  userId: string;
  roomId: string;
  roomName: string;
  drafts: DraftStorage;
  post: ChatRoom["post"];
  adding: Adding;
  field: RefObject<HTMLTextAreaElement | null>;
}) {
  const [draft, setDraft] = useState(() => openDraft(drafts, userId, roomId));
  const [kept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [picking, setPicking] = useState(false);
  // It was to be sent while files were on their way: it goes with the last of them.
  const [held, setHeld] = useState(false);
  const error = useId();
  const { text, replyTo } = draft;
  const uploads = useUploads(adding);
  const { items } = uploads;
  const live = useConnection(useHouse().chat).status === "live";
  const filesAre = stateOfAll(items, live);
  const isEmpty = text === "" && items.length === 0;
  useUnloadWarning((!kept && text !== "") || items.length > 0);
  // One goes on writing where the draft ends; a field that is new begins at its start.
  useLayoutEffect(() => {
    const { current } = field;
    focusNew(current);
    current?.setSelectionRange(current.value.length, current.value.length);
  }, [field]);

  const latest = useRef(draft);
  function keep(next: Partial<Draft>) {
    const now = { ...latest.current, ...next };
    latest.current = now.text === "" ? { ...noDraft, replyTo: now.replyTo } : now;
    setDraft(latest.current);
    setProblem(null);
    setKept(keepDraft(drafts, userId, roomId, latest.current));
  }
  const write = (next: string, picked = latest.current.picked) => keep({ text: next, picked });

  // Another tab wrote on, or sent it: all of them show one draft.
  useEffect(() => {
    const onStorage = ({ key }: StorageEvent) => {
      if (key === null || !isOfDraft(key, userId, roomId)) return;
      latest.current = draftIn(drafts, userId, roomId);
      setDraft(latest.current);
      setProblem(null);
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [drafts, userId, roomId]);

  const [asked, setAsked] = useState<object | null>(null);
  useImperativeHandle(ref, () => ({
    answer(seq) {
      keep({ replyTo: seq });
      setAsked({});
    },
    stopAnswering() {
      const answered = latest.current.replyTo !== null;
      if (answered) keep({ replyTo: null });
      return answered;
    },
    add: (written) => keep(joined(latest.current, written)),
  }));
  // Answering is asked for, so the field has the focus on a phone too.
  useEffect(() => {
    if (asked !== null) field.current?.focus();
  }, [asked, field]);

  const completion = useCompletion({ field, written: draft, write });
  const leaving = useRef(false);

  function send() {
    setHeld(!isEmpty && (filesAre === "sending" || filesAre === "waits"));
    if (isEmpty || leaving.current) return;
    if (filesAre === "failed") setProblem("A file is not there. Try it again, or take it out.");
    if (filesAre !== "sent") return;
    leaving.current = true;
    withEmoji(text, (replaceShortcodes) => {
      leaving.current = false;
      const there = adding.uploads.items.get();
      // One more was added meanwhile.
      if (there.some(({ file }) => file === null)) return setHeld(true);
      const files = there.flatMap(({ file }) => file ?? []);
      const answers = replyTo === null ? {} : { replyTo };
      const posting = post(toSent(draft, replaceShortcodes), { files, ...answers });
      if (!posting.ok) return setProblem(posting.error.detail);
      uploads.take();
      adding.dismissAll();
      // What was written on meanwhile stays.
      const now = latest.current.text;
      keep({ text: now.startsWith(text) ? now.slice(text.length) : now, replyTo: null });
    });
  }

  useEffect(() => {
    if (!held || filesAre === "sending" || filesAre === "waits") return;
    // Not while it is being drawn: a message that is posted is drawn at once.
    const timer = setTimeout(send);
    return () => clearTimeout(timer);
  });
  // What was said of them is said no more once it is otherwise.
  useEffect(() => setProblem(null), [filesAre]);
  useEffect(() => {
    if (!live) return;
    for (const { key, problem: why } of adding.uploads.items.get())
      if (why?.code === "no_connection") adding.uploads.retry(key);
  }, [live, adding.uploads]);

  function endPicking() {
    setPicking(false);
    field.current?.focus();
  }

  return (
    <>
      {replyTo !== null && (
        <ReplyBar
          seq={replyTo}
          onCancel={() => {
            keep({ replyTo: null });
            focusNew(field.current);
          }}
        />
      )}
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
        <Tray adding={adding} uploads={uploads} live={live} />
        {held && (
          <p className="held" role="status">
            {filesAre === "waits"
              ? "Goes out once there is a connection and the files are there."
              : "Goes out once the files are there."}
            <button type="button" className="plain" onClick={() => setHeld(false)}>
              Not yet
            </button>
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
            enterKeyHint={hasFinePointer() ? "send" : "enter"}
            onChange={(event) => write(event.target.value)}
            onKeyDown={(event) => {
              if (completion.onKeyDown(event) || !sends(event.nativeEvent, !hasFinePointer()))
                return;
              event.preventDefault();
              if (!event.repeat) send();
            }}
          />
          <FileButton onAdd={adding.add} />
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
            aria-disabled={isEmpty}
            // Else the field loses focus to the button, and a phone's keyboard folds away.
            onPointerDown={(event) => event.preventDefault()}
          >
            <SendIcon />
          </button>
        </div>
      </form>
    </>
  );
}
