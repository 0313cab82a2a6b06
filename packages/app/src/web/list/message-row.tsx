import type { Author, SentMessage, UnsentMessage } from "@snug/client";
import { memo, useId, useMemo, useRef, useState } from "react";
import { clockTime, dayName, exactTime, machineTime } from "../clock/when.ts";
import { ActionBar } from "../deeds/action-bar.tsx";
import { useDeeds } from "../deeds/deeds-context.ts";
import type { Edit } from "../deeds/edit.ts";
import { EditBox } from "../deeds/edit-box.tsx";
import { Quote, QuotedLine } from "../deeds/quote.tsx";
import { Reactions } from "../deeds/reactions.tsx";
import { filesInWords } from "../files/in-words.ts";
import { MessageFiles } from "../files/message-files.tsx";
import { ClockIcon, PinIcon, ReplyIcon } from "../icons.tsx";
import { Avatar } from "../person/avatar.tsx";
import { ThreadNote } from "../thread/thread-note.tsx";
import { CutText } from "./cut-text.tsx";
import { useLate } from "../use-late.ts";
import { SeenBy } from "./seen-by.tsx";
import { UnsentNote, WAITING_AFTER_MS } from "./unsent-note.tsx";
import { useLongPress } from "./use-long-press.ts";

export const DayHeading = memo(function DayHeading({ at }: { at: number }) {
  return (
    <h2 className="day">
      <span>{dayName(at)}</span>
    </h2>
  );
});

export function NewLine() {
  return (
    <p className="new-line">
      <span>New messages</span>
    </p>
  );
}

export function UnreadableRow() {
  return <p className="unreadable">This message could not be read</p>;
}

export const MessageRow = memo(function MessageRow({
  message,
  startsGroup,
  endsGroup,
  whole,
  connected,
  edit,
  walked,
  flashed,
  readers,
  onWhole,
  onRetry,
  onDiscard,
}: {
  message: SentMessage | UnsentMessage;
  startsGroup: boolean;
  endsGroup: boolean;
  whole: boolean;
  connected: boolean;
  /** What of it is being edited. */
  edit: Edit | null;
  /** The one at which the arrow keys are. */
  walked: boolean;
  flashed: boolean;
  readers: readonly Author[] | undefined;
  onWhole: (key: string) => void;
  onRetry: (key: string) => void;
  onDiscard: (key: string) => void;
}) {
  const id = useId();
  const { act, me } = useDeeds();
  const name = message.author?.name ?? (message.mine ? "You" : "Someone");
  const sent = message.state === "sent" ? message : null;
  const isGone = sent !== null && sent.deletedAt !== null;
  const called = useMemo(
    () => sent && [...(sent.mentions ?? []), sent.by],
    [sent?.mentions, sent?.by],
  );
  const [pointed, setPointed] = useState(false);
  const [held, setHeld] = useState(false);
  const row = useRef<HTMLElement>(null);
  const press = useLongPress(() => sent !== null && !isGone && act("more", sent));
  return (
    <article
      ref={row}
      className="message"
      aria-labelledby={`${id}author ${id}time ${id}text`}
      tabIndex={walked ? 0 : -1}
      data-mine={message.mine || undefined}
      data-starts={startsGroup || undefined}
      data-ends={endsGroup || undefined}
      data-state={message.state}
      data-flashed={flashed || undefined}
      data-calls={callsFor(sent, me) || undefined}
      onPointerEnter={({ pointerType }) => setPointed(pointerType === "mouse")}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setHeld(true)}
      onBlur={({ relatedTarget }) => {
        if (!(relatedTarget instanceof Node && row.current?.contains(relatedTarget)))
          setHeld(false);
      }}
      {...press}
    >
      {startsGroup && (
        <Avatar id={message.by ?? "me"} name={name} avatar={message.author?.avatar} />
      )}
      <p className={startsGroup ? "byline" : "byline grouped"}>
        <bdi id={`${id}author`} className={startsGroup ? "author" : "hidden"}>
          {name}
        </bdi>
        <Time id={`${id}time`} at={message.at} />
      </p>
      {message.replyTo !== null && !isGone && <Answered message={message} seq={message.replyTo} />}
      {isGone ? (
        <p id={`${id}text`} className="tombstone">
          This message was deleted
        </p>
      ) : edit !== null && sent !== null ? (
        <EditBox message={sent} edit={edit} />
      ) : message.text === "" ? (
        <p id={`${id}text`} className="hidden">
          {filesInWords(message.files)}
        </p>
      ) : (
        <CutText
          id={`${id}text`}
          text={message.text}
          called={called}
          whole={whole}
          onWhole={() => onWhole(message.key)}
        />
      )}
      {!isGone && <MessageFiles messageKey={message.key} files={message.files} />}
      {sent !== null && <Marks message={sent} connected={connected} />}
      {sent !== null && !isGone && <Reactions message={sent} />}
      {sent !== null && <ThreadNote message={sent} />}
      {message.state !== "sent" && (
        <UnsentNote
          message={message}
          connected={connected}
          onRetry={onRetry}
          onDiscard={onDiscard}
        />
      )}
      {readers !== undefined && <SeenBy readers={readers} />}
      {sent !== null && (pointed || held) && edit === null && <ActionBar message={sent} />}
    </article>
  );
});

const callsFor = (message: SentMessage | null, me: string) =>
  message?.mentions?.some((one) => one === me || one === "@room") === true && !message.mine;

/** What waits to be sent leads nowhere yet. */
function Answered({ message, seq }: { message: SentMessage | UnsentMessage; seq: number }) {
  const { room } = useDeeds();
  if (message.state === "sent") return <Quote message={message} seq={seq} />;
  return (
    <p className="quote">
      <ReplyIcon />
      <QuotedLine room={room} seq={seq} />
    </p>
  );
}

/** What happened to a message since it was said. */
function Marks({ message, connected }: { message: SentMessage; connected: boolean }) {
  const waits = useLate(message.saving && !connected, WAITING_AFTER_MS);
  const { pinned, editedAt } = message;
  if (!waits && !pinned && editedAt === null) return null;
  return (
    <p className="marks">
      {pinned && (
        <span>
          <PinIcon /> pinned
        </span>
      )}
      {waits ? (
        <span>
          <ClockIcon /> not saved yet
        </span>
      ) : (
        editedAt !== null && <span title={exactTime(editedAt)}>edited</span>
      )}
    </p>
  );
}

function Time({ id, at }: { id: string; at: number | null }) {
  if (at === null) {
    return (
      <span id={id} className="hidden">
        not sent yet
      </span>
    );
  }
  return (
    <time id={id} dateTime={machineTime(at)} title={exactTime(at)}>
      {clockTime(at)}
    </time>
  );
}
