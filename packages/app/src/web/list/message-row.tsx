import { memo, useId } from "react";
import type { SentMessage, UnsentMessage } from "@snug/client";
import { Avatar } from "../person/avatar.tsx";
import { CutText } from "./cut-text.tsx";
import { UnsentNote } from "./unsent-note.tsx";
import { clockTime, dayName, exactTime, machineTime } from "../clock/when.ts";

export const DayHeading = memo(function DayHeading({ at }: { at: number }) {
  return (
    <h2 className="day">
      <span>{dayName(at)}</span>
    </h2>
  );
});

export function UnreadableRow() {
  return <p className="unreadable">This message could not be read</p>;
}

export const MessageRow = memo(function MessageRow({
  message,
  startsGroup,
  endsGroup,
  whole,
  connected,
  onWhole,
  onRetry,
  onDiscard,
}: {
  message: SentMessage | UnsentMessage;
  startsGroup: boolean;
  endsGroup: boolean;
  whole: boolean;
  connected: boolean;
  onWhole: (key: string) => void;
  onRetry: (key: string) => void;
  onDiscard: (key: string) => void;
}) {
  const id = useId();
  const name = message.author?.name ?? (message.mine ? "You" : "Someone");
  return (
    <article
      className="message"
      aria-labelledby={`${id}author ${id}time ${id}text`}
      data-mine={message.mine || undefined}
      data-starts={startsGroup || undefined}
      data-ends={endsGroup || undefined}
      data-state={message.state}
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
      <CutText
        id={`${id}text`}
        text={message.text}
        whole={whole}
        onWhole={() => onWhole(message.key)}
      />
      {message.state !== "sent" && (
        <UnsentNote
          message={message}
          connected={connected}
          onRetry={onRetry}
          onDiscard={onDiscard}
        />
      )}
    </article>
  );
});

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
